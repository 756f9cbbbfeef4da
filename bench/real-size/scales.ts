import type { Architecture } from '#models/package/architecture.ts';

/** A chatbot, and the CLIP with the branch that is plugged into it, which may have been trained at another picture size. */
export interface Scale {
  readonly chatbot: Architecture;
  readonly clip: Architecture;
}

export const scaleNames = ['small', '224', '336'] as const;
export type ScaleName = (typeof scaleNames)[number];

const vision = { width: 1024, heads: 16, mlpWidth: 4096, epsilon: 1e-5 };
const text = { width: 768, heads: 12, mlpWidth: 3072, epsilon: 1e-5 };
/** LLaMA's. */
const vocabulary = 32_000;

/** LLaVA-1.5-7B's LLM and projector on CLIP ViT-L/14 at 224 px with Mug-STAN's branch (docs/method.md section 7). */
const sevenBillion: Architecture = {
  tower: { ...vision, layers: 24, imageSize: 224, patchSize: 14 },
  text: { ...text, layers: 12, vocabulary: 49_408, context: 77 },
  jointWidth: 768,
  stan: { depth: 4, interval: 1, temporal: 'attention', maxFrames: 64 },
  tokens: { tap: 'penultimate', tapNorm: 'none', fusion: 'sum', cls: 'first' },
  projector: { kind: 'mlp', width: 4096 },
  llm: { vocabulary, width: 4096, layers: 32, heads: 32, mlpWidth: 11_008, epsilon: 1e-5, ropeBase: 10_000 },
  frames: 8,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** The same parts with the same names, in a moment; sizes that Q4_0 and a quantised KV cache take. */
const small: Architecture = {
  ...sevenBillion,
  tower: { width: 64, heads: 4, mlpWidth: 96, epsilon: 1e-5, layers: 5, imageSize: 28, patchSize: 14 },
  text: { width: 32, heads: 4, mlpWidth: 48, epsilon: 1e-5, layers: 2, vocabulary: 600, context: 77 },
  jointWidth: 24,
  projector: { kind: 'mlp', width: 128 },
  llm: { ...sevenBillion.llm, width: 128, layers: 2, heads: 4, mlpWidth: 256 },
};

export const scales: Readonly<Record<ScaleName, Scale>> = {
  small: { chatbot: atSize(small, 42), clip: small },
  '224': { chatbot: sevenBillion, clip: sevenBillion },
  '336': { chatbot: atSize(sevenBillion, 336), clip: sevenBillion },
};

function atSize(arch: Architecture, imageSize: number): Architecture {
  return { ...arch, tower: { ...arch.tower, imageSize } };
}

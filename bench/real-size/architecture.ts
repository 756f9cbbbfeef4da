import type { Architecture } from '#models/package/architecture.ts';

const vision = { width: 1024, heads: 16, mlpWidth: 4096, epsilon: 1e-5 };
const text = { width: 768, heads: 12, mlpWidth: 3072, epsilon: 1e-5 };

/** LLaVA-1.5-7B's LLM and projector on CLIP ViT-L/14 at 224 px with Mug-STAN's branch (docs/method.md section 7). */
export const sevenBillion: Architecture = {
  tower: { ...vision, layers: 24, imageSize: 224, patchSize: 14 },
  text: { ...text, layers: 12, vocabulary: 49_408, context: 77 },
  jointWidth: 768,
  stan: { depth: 4, interval: 1, temporal: 'attention', maxFrames: 64 },
  tokens: { tap: 'penultimate', tapNorm: 'none', fusion: 'sum', cls: 'first' },
  projector: { kind: 'mlp', width: 4096 },
  llm: {
    vocabulary: 32_000,
    width: 4096,
    layers: 32,
    heads: 32,
    mlpWidth: 11_008,
    epsilon: 1e-5,
    ropeBase: 10_000,
  },
  frames: 8,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

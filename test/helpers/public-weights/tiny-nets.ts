import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { input } from '#models/graph/tensor.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { WeightSet } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import { initialValue } from '#models/train/initialise.ts';

const layer = { width: 64, heads: 4, mlpWidth: 96, epsilon: 1e-5 };

/** A LLaVA with a Mug-STAN small enough to import in a moment: LLaVA's own tap, fused as an import does it. */
export const tinyArchitecture: Architecture = {
  tower: { ...layer, layers: 4, imageSize: 28, patchSize: 14 },
  text: { ...layer, width: 32, mlpWidth: 48, layers: 2, vocabulary: 60, context: 16 },
  jointWidth: 24,
  stan: { depth: 2, interval: 1, temporal: 'attention', maxFrames: 12 },
  tokens: { tap: 'penultimate', tapNorm: 'none', fusion: 'matched', cls: 'first' },
  projector: { kind: 'mlp', width: 96 },
  llm: { vocabulary: 300, width: 96, layers: 2, heads: 4, mlpWidth: 128, epsilon: 1e-5, ropeBase: 10_000 },
  frames: 4,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Random weights of every net of an architecture; the tower's last layer too, which chat does not need. */
export function randomWeights(arch: Architecture, seed: number): NetWeights {
  const asked = new WeightSet();
  chatEncoder(asked.get, arch);
  retrievalEncoder(asked.get, arch);
  textEncoder(asked.get, arch);
  llamaDecoder(asked.get, embedTokens(asked.get, input('ids', [1, 1], 'int64'), arch.llm), arch.llm);
  return new Map(
    [...asked.tensors].map(([name, tensor]) => {
      const shape = tensor.shape.map(Number);
      return [name, { shape, data: initialValue(name, shape, seed) }];
    }),
  );
}

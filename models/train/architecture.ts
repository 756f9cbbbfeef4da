import type { Architecture } from '#models/package/architecture.ts';

/** The demo's nets: small enough for two processor cores, large enough for its world. */
export function demoArchitecture(vocabulary: number): Architecture {
  const layer = { width: 128, heads: 4, mlpWidth: 512, epsilon: 1e-5 };
  return {
    // 36 patches of 12 pixels: a thing is two to three patches wide
    tower: { ...layer, layers: 5, imageSize: 72, patchSize: 12 },
    text: { ...layer, layers: 2, vocabulary, context: 32 },
    jointWidth: 128,
    stan: { depth: 3, interval: 1, temporal: 'attention', maxFrames: 6 },
    // the last layer and its norm carry what the branch adds best at this size; LLaVA's own tap loses 15-30 points
    tokens: { tap: 'last', tapNorm: 'post', fusion: 'mean', cls: 'first' },
    projector: { kind: 'mlp', width: 192 },
    llm: { vocabulary, width: 192, layers: 6, heads: 6, mlpWidth: 512, epsilon: 1e-5, ropeBase: 10000 },
    frames: 6,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  };
}

import { silu } from '#models/graph/ops/activation.ts';
import { attention, joinHeads, splitHeads } from '#models/graph/ops/attention.ts';
import { add, mul } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { rmsNorm } from '#models/graph/ops/norm.ts';
import { constant, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { causalMask, linearNoBias } from './layers.ts';
import { type Weights, scope } from './weights.ts';

/** A LLaMA-style decoder for training; weight names are GGUF's, so that it is written out as it is. */
export interface LlamaConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly epsilon: number;
  readonly ropeBase: number;
}

/** Rows of the token table: int64 ids [..] -> [.., D]. */
export function embedTokens(weights: Weights, ids: Tensor, config: LlamaConfig): Tensor {
  return lookup(weights('token_embd.weight', [config.vocabulary, config.width]), ids);
}

/** Logits [B, S, V] of the next token after each embedding of [B, S, D]; causal. */
export function llamaDecoder(weights: Weights, embeddings: Tensor, config: LlamaConfig): Tensor {
  return nextTokenLogits(weights, llamaStates(weights, embeddings, config), config);
}

/** Logits [.., V] of states [.., D], as `llamaStates` gives them. */
export function nextTokenLogits(weights: Weights, states: Tensor, config: LlamaConfig): Tensor {
  return linearNoBias(scope(weights, 'output'), states, config.vocabulary);
}

/** What the decoder's last layer and norm make of each embedding of [B, S, D]: [B, S, D]; causal. */
export function llamaStates(weights: Weights, embeddings: Tensor, config: LlamaConfig): Tensor {
  const length = sizeOf(embeddings, 1);
  const mask = causalMask(length);
  const rotate = rotaryPositions(length, config);
  const rms = (scope: Weights, x: Tensor): Tensor =>
    rmsNorm(x, scope('weight', [config.width]), config.epsilon);
  let x = embeddings;
  for (let layer = 0; layer < config.layers; layer++) {
    const block = scope(weights, `blk.${layer}`);
    const map = (name: string, from: Tensor, width: number): Tensor =>
      linearNoBias(scope(block, name), from, width);
    const normed = rms(scope(block, 'attn_norm'), x);
    const [q, k, v] = [
      map('attn_q', normed, config.width),
      map('attn_k', normed, config.width),
      map('attn_v', normed, config.width),
    ];
    x = add(x, map('attn_output', attention(rotate(q), rotate(k), v, config.heads, mask), config.width));
    const entering = rms(scope(block, 'ffn_norm'), x);
    const gated = mul(
      silu(map('ffn_gate', entering, config.mlpWidth)),
      map('ffn_up', entering, config.mlpWidth),
    );
    x = add(x, map('ffn_down', gated, config.width));
  }
  return rms(scope(weights, 'output_norm'), x);
}

/** Rotary positions on neighbouring pairs, as llama.cpp's `llama` architecture turns them. */
function rotaryPositions(length: number, { width, heads, ropeBase }: LlamaConfig): (x: Tensor) => Tensor {
  const size = width / heads;
  const angle = (position: number, index: number): number =>
    position * ropeBase ** (-(index - (index % 2)) / size);
  const table = (f: (x: number) => number): Tensor =>
    constant(
      Array.from({ length: length * size }, (_, cell) => f(angle(Math.floor(cell / size), cell % size))),
      [length, size],
    );
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  // (x0, x1) -> (-x1, x0) for each pair, as a matrix
  const quarterTurn = constant(
    Array.from({ length: size * size }, (_, cell) => {
      const [row, column] = [Math.floor(cell / size), cell % size];
      if (row % 2 === 0 && column === row + 1) return 1;
      return row % 2 === 1 && column === row - 1 ? -1 : 0;
    }),
    [size, size],
  );
  return (x) => {
    const split = splitHeads(x, heads); // [B, H, S, D/H]
    return joinHeads(add(mul(split, cos), mul(matmul(split, quarterTurn), sin)));
  };
}

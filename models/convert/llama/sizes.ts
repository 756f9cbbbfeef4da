import { FormatError } from '#models/formats/format-error.ts';
import { checkShape, countLayers, type WeightSource } from '../weight-source.ts';
import type { StatedLlama } from './config.ts';

export interface LlamaSizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` with grouped-query attention. */
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly mlpWidth: number;
  /** Rows of the token embeddings. */
  readonly vocabulary: number;
}

/** A LLaMA's sizes, read off its weights by llama.cpp's names. Throws `FormatError` where its configuration disagrees. */
export function llamaSizes(weights: WeightSource, stated: StatedLlama): LlamaSizes {
  const { heads } = stated;
  const refuse = (problem: string) =>
    new FormatError('malformed', weights.path('token_embd.weight'), problem);
  const rowsOf = (name: string): number => weights.shape(name)[0] ?? 0;
  const [vocabulary = 0, width = 0] = weights.shape('token_embd.weight');
  const headWidth = rowsOf('blk.0.attn_q.weight') / heads;
  const kvHeads = rowsOf('blk.0.attn_k.weight') / headWidth;
  const grouped = Number.isInteger(kvHeads) && kvHeads === (stated.kvHeads ?? kvHeads);
  // rotary positions turn pairs
  if (headWidth % 2 !== 0 || !grouped || heads % kvHeads !== 0) {
    const problem = `${heads} heads${stated.kvHeads === undefined ? '' : `, ${stated.kvHeads} of keys,`}`;
    throw refuse(`its queries and keys are not cut into the ${problem} that its config.json states`);
  }
  const layers = countLayers(weights, 'blk');
  if (layers !== stated.layers)
    throw refuse(`holds ${layers} layers, its config.json states ${stated.layers}`);
  const mlpWidth = rowsOf('blk.0.ffn_gate.weight');
  if (width === 0 || mlpWidth === 0) throw refuse('its weights are empty');
  return { width, layers, heads, kvHeads, headWidth, mlpWidth, vocabulary };
}

/** Throws `FormatError` unless the weights are these tensors and no others, but for an output matrix where it is tied. */
export function checkTensors(weights: WeightSource, shapes: readonly NamedShape[]): void {
  for (const [name, shape] of shapes) checkShape(weights, name, shape);
  const wanted = new Set([...shapes.map(([name]) => name), 'output.weight']);
  const stray = weights.names.find((name) => !wanted.has(name));
  if (stray !== undefined)
    throw new FormatError('malformed', weights.path(stray), `${stray} is of no layer that it has`);
}

export type NamedShape = readonly [name: string, shape: readonly number[]];

/** Every tensor of a LLaMA with its shape, in the order of a forward pass. Tied embeddings have no output matrix. */
export function tensorShapes(sizes: LlamaSizes, tied: boolean): readonly NamedShape[] {
  const { width, layers, heads, kvHeads, headWidth, mlpWidth, vocabulary } = sizes;
  const layer = (index: number): NamedShape[] => [
    [`blk.${index}.attn_norm.weight`, [width]],
    [`blk.${index}.attn_q.weight`, [heads * headWidth, width]],
    [`blk.${index}.attn_k.weight`, [kvHeads * headWidth, width]],
    [`blk.${index}.attn_v.weight`, [kvHeads * headWidth, width]],
    [`blk.${index}.attn_output.weight`, [width, heads * headWidth]],
    [`blk.${index}.ffn_norm.weight`, [width]],
    [`blk.${index}.ffn_gate.weight`, [mlpWidth, width]],
    [`blk.${index}.ffn_up.weight`, [mlpWidth, width]],
    [`blk.${index}.ffn_down.weight`, [width, mlpWidth]],
  ];
  const output: NamedShape = ['output.weight', [vocabulary, width]];
  return [
    ['token_embd.weight', [vocabulary, width]],
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    ['output_norm.weight', [width]],
    ...(tied ? [] : [output]),
  ];
}

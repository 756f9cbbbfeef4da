import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFloat32, type TensorData } from '#models/formats/tensor-data.ts';
import { writeSafetensors } from '#models/formats/safetensors/write.ts';
import type { Llama, Values } from './llama.ts';

/** Who names the tensors: LLaMA and the original LLaVA, llava-hf at first and llava-hf since transformers 4.52. */
export const makes = {
  original: { model: 'model.', head: '' },
  'llava-hf': { model: 'language_model.model.', head: 'language_model.' },
  'llava-hf-new': { model: 'model.language_model.', head: '' },
} as const;
export type Make = keyof typeof makes;

const layerNames: Readonly<Record<string, string>> = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

export function huggingFaceName(name: string, make: Make): string {
  const { model, head } = makes[make];
  if (name === 'output.weight') return `${head}lm_head.weight`;
  if (name === 'token_embd.weight') return `${model}embed_tokens.weight`;
  if (name === 'output_norm.weight') return `${model}norm.weight`;
  const [, layer, part = ''] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  return `${model}layers.${layer}.${layerNames[part]}.weight`;
}

/** A LLaMA's weights as Hugging Face has them. */
export function huggingFaceWeights({ sizes, weights }: Llama, make: Make): Map<string, Values> {
  const headsOf: Readonly<Record<string, number>> = { attn_q: sizes.heads, attn_k: sizes.kvHeads };
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const heads = headsOf[name.split('.')[2] ?? ''];
      const rows = heads === undefined ? data : partHalves(data, heads, sizes.width);
      return [huggingFaceName(name, make), { shape, data: rows }];
    }),
  );
}

/** llama.cpp's order of a rotary matrix's rows into Hugging Face's: of each head the even ones, then the odd ones. */
function partHalves(matrix: Float32Array, heads: number, width: number): Float32Array {
  const rows = Array.from({ length: matrix.length / width }, (_, row) =>
    matrix.subarray(row * width, (row + 1) * width),
  );
  const headWidth = rows.length / heads;
  const ordered = Array.from({ length: heads }, (_, head) => {
    const own = rows.slice(head * headWidth, (head + 1) * headWidth);
    return [...own.filter((_, row) => row % 2 === 0), ...own.filter((_, row) => row % 2 === 1)];
  }).flat();
  return Float32Array.from(ordered.flatMap((row) => [...row]));
}

/** `model.safetensors`, or that many shards with their index. */
export async function writeWeights(
  folder: string,
  weights: ReadonlyMap<string, Values>,
  { dtype, shards }: { readonly dtype: 'F32' | 'F16' | 'BF16'; readonly shards: number },
): Promise<void> {
  const tensors = [...weights].map(([name, { shape, data }]) => ({ name, ...stored(data, shape, dtype) }));
  if (shards === 1) return writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const number = (count: number): string => String(count).padStart(5, '0');
  const fileOf = (i: number): string => `model-${number((i % shards) + 1)}-of-${number(shards)}.safetensors`;
  for (let shard = 0; shard < shards; shard++) {
    const own = tensors.filter((_, i) => i % shards === shard);
    await writeSafetensors(join(folder, fileOf(shard)), own);
  }
  const weightMap = Object.fromEntries(tensors.map(({ name }, i) => [name, fileOf(i)]));
  const index = { metadata: { total_size: 0 }, weight_map: weightMap };
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
}

function stored(data: Float32Array, shape: readonly number[], dtype: 'F32' | 'F16' | 'BF16'): TensorData {
  if (dtype !== 'BF16') return fromFloat32(data, shape, dtype);
  const halves = Uint16Array.from(new Uint32Array(data.slice().buffer), (bits) => bits >>> 16);
  return { dtype, shape, data: new Uint8Array(halves.buffer) };
}

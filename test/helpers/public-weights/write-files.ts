import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFloat32 } from '#models/formats/tensor-data.ts';
import { ggmlF16, ggmlF32, type GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf } from '#models/formats/half.ts';
import { writeSafetensors } from '#models/formats/safetensors/write.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { dict, tensor, text, writeCheckpoint } from '#test/unit/models/formats/torch/write-checkpoint.ts';
import type { NetWeights } from './tiny-nets.ts';

type Rename = (name: string) => string | undefined;

/** Weights under other names; those without one are left out. */
export function renamed(weights: NetWeights, rename: Rename): NetWeights {
  return new Map(
    [...weights].flatMap(([name, value]) => {
      const other = rename(name);
      return other === undefined ? [] : [[other, value] as const];
    }),
  );
}

/** A front replaced: the first of `rules` that fits; undefined where none does. */
function byFront(rules: Readonly<Record<string, string>>): Rename {
  return (name) => {
    const rule = Object.entries(rules).find(([front]) => name.startsWith(front));
    return rule && rule[1] + name.slice(rule[0].length);
  };
}

/** mmengine's names of a post-pretrained Mug-STAN. */
export const mugStanNames = byFront({
  'stan.spatial.': 'backbone.STAN_S_layers.',
  'stan.temporal.': 'backbone.STAN_T_layers.',
  'stan.time_embed.': 'backbone.STAN_time_embed.',
  'visual_projection.': 'backbone.visual_projection.',
  'vision_model.encoder.layers.': 'backbone.layers.',
  'vision_model.embeddings.': 'backbone.',
  'vision_model.': 'backbone.',
  'text_model.': 'text_backbone.text_model.',
  'text_projection.': 'text_backbone.text_projection.',
});

/** A file as `torch.save` writes it, float32. */
export function writeTorch(path: string, weights: NetWeights, top = 'state_dict'): void {
  const storages: Record<string, Uint8Array> = {};
  const entries = [...weights].flatMap(([name, { shape, data }], index) => {
    const key = String(index);
    storages[key] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, side) => product * side, 1),
    );
    return [text(name), tensor({ key, elements: data.length, shape, strides })];
  });
  writeCheckpoint(path, top === '' ? dict(...entries) : dict(text(top), dict(...entries)), storages);
}

export async function writeTensors(path: string, weights: NetWeights, dtype: 'F32' | 'F16' = 'F32') {
  await writeSafetensors(
    path,
    [...weights].map(([name, { shape, data }]) => ({ name, ...fromFloat32(data, shape, dtype) })),
  );
}

/** A CLIP as Hugging Face has it: both towers, their configuration, a tokenizer. */
export async function writeClipFolder(dir: string, weights: NetWeights, arch: Architecture): Promise<void> {
  await mkdir(dir, { recursive: true });
  const isClip = byFront({
    'vision_model.': 'vision_model.',
    'text_model.': 'text_model.',
    'visual_projection.': 'visual_projection.',
    'text_projection.': 'text_projection.',
  });
  await writeTensors(join(dir, 'model.safetensors'), renamed(weights, isClip));
  await writeJson(join(dir, 'config.json'), {
    vision_config: { num_hidden_layers: arch.tower.layers, num_attention_heads: arch.tower.heads },
    text_config: { num_hidden_layers: arch.text.layers, num_attention_heads: arch.text.heads },
  });
  const last = arch.text.vocabulary - 1;
  await writeJson(join(dir, 'tokenizer.json'), {
    added_tokens: [
      { id: last - 1, content: '<|startoftext|>', special: true },
      { id: last, content: '<|endoftext|>', special: true },
    ],
    model: { type: 'BPE', vocab: {}, merges: [] },
  });
}

const mmprojRules: readonly (readonly [RegExp, string])[] = [
  [/^vision_model\.embeddings\.class_embedding$/, 'v.class_embd'],
  [/^vision_model\.embeddings\.patch_embedding\./, 'v.patch_embd.'],
  [/^vision_model\.embeddings\.position_embedding\./, 'v.position_embd.'],
  [/^vision_model\.pre_layrnorm\./, 'v.pre_ln.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.self_attn\.out_proj\./, 'v.blk.$1.attn_out.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\./, 'v.blk.$1.attn_$2.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.layer_norm([12])\./, 'v.blk.$1.ln$2.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.mlp\.fc1\./, 'v.blk.$1.ffn_up.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.mlp\.fc2\./, 'v.blk.$1.ffn_down.'],
  [/^projector\./, 'mm.'],
];

/** llama.cpp's projector file, without the tower's last layer, as its converter leaves it out. */
export async function writeMmproj(
  path: string,
  weights: NetWeights,
  arch: Architecture,
  type: typeof ggmlF32 | typeof ggmlF16 = ggmlF32,
): Promise<void> {
  const last = `v.blk.${arch.tower.layers - 1}.`;
  const own = renamed(weights, (name) => {
    const rule = mmprojRules.find(([pattern]) => pattern.test(name));
    const other = rule && name.replace(rule[0], rule[1]);
    return other?.startsWith(last) ? undefined : other;
  });
  const float = (value: number): GgufValue => ({ type: 'float32', value });
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'clip' }],
    ['clip.projector_type', { type: 'string', value: 'mlp' }],
    ['clip.vision.block_count', { type: 'uint32', value: arch.tower.layers - 1 }],
    ['clip.vision.attention.head_count', { type: 'uint32', value: arch.tower.heads }],
    ['clip.vision.attention.layer_norm_epsilon', float(arch.tower.epsilon)],
    ['clip.vision.image_mean', { type: 'array', of: 'float32', values: [...arch.mean] }],
    ['clip.vision.image_std', { type: 'array', of: 'float32', values: [...arch.std] }],
  ]);
  await writeGguf(
    path,
    metadata,
    [...own].map(([name, { shape, data }]) => {
      const half = type === ggmlF16 && shape.length > 1;
      const stored = half ? floatToHalf(data) : data;
      const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
      return { name, shape, type: half ? ggmlF16 : ggmlF32, data: () => [bytes] };
    }),
  );
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}

import { ggmlF16, ggmlF32, type GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf } from '#models/formats/half.ts';
import type { Architecture } from '#models/package/architecture.ts';
import type { NetWeights } from './net-weights.ts';
import { renamed } from './write-files.ts';

export interface MmprojForm {
  /**
   * `script`: as llama.cpp's script for LLaVA (convert_image_encoder_to_gguf.py) names the tower's MLP, which is what the
   * public files are; `converter`: as its newer converters do.
   */
  readonly naming?: 'script' | 'converter';
  /** Of matrices; vectors are F32. */
  readonly type?: typeof ggmlF32 | typeof ggmlF16;
  /** Metadata besides what every file has, or instead of it. */
  readonly metadata?: ReadonlyMap<string, GgufValue>;
  /** Tensors besides, by the file's own names. */
  readonly extra?: NetWeights;
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/^vision_model\.embeddings\.class_embedding$/, 'v.class_embd'],
  [/^vision_model\.embeddings\.patch_embedding\./, 'v.patch_embd.'],
  [/^vision_model\.embeddings\.position_embedding\./, 'v.position_embd.'],
  [/^vision_model\.pre_layrnorm\./, 'v.pre_ln.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.self_attn\.out_proj\./, 'v.blk.$1.attn_out.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\./, 'v.blk.$1.attn_$2.'],
  [/^vision_model\.encoder\.layers\.(\d+)\.layer_norm([12])\./, 'v.blk.$1.ln$2.'],
  [/^projector\./, 'mm.'],
];
const ownNames = { script: ['ffn_down', 'ffn_up'], converter: ['ffn_up', 'ffn_down'] } as const;

/** llama.cpp's projector file with every key that it demands, without the tower's last layer, which it leaves out. */
export async function writeMmproj(
  path: string,
  weights: NetWeights,
  arch: Architecture,
  { naming = 'script', type = ggmlF32, metadata = new Map(), extra = new Map() }: MmprojForm = {},
): Promise<void> {
  const [first, second] = ownNames[naming];
  const all = [...rules, mlp('fc1', first), mlp('fc2', second)];
  const last = `v.blk.${arch.tower.layers - 1}.`;
  const own = renamed(weights, (name) => {
    const rule = all.find(([pattern]) => pattern.test(name));
    const other = rule && name.replace(rule[0], rule[1]);
    return other?.startsWith(last) ? undefined : other;
  });
  await writeGguf(
    path,
    new Map([...metadataOf(arch), ...metadata]),
    [...own, ...extra].map(([name, { shape, data }]) => {
      const half = type === ggmlF16 && shape.length > 1;
      const stored = half ? floatToHalf(data) : data;
      const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
      return { name, shape, type: half ? ggmlF16 : ggmlF32, data: () => [bytes] };
    }),
  );
}

function mlp(own: string, theirs: string): readonly [RegExp, string] {
  return [new RegExp(`^vision_model\\.encoder\\.layers\\.(\\d+)\\.mlp\\.${own}\\.`), `v.blk.$1.${theirs}.`];
}

function metadataOf({ tower, projector, mean, std }: Architecture): Map<string, GgufValue> {
  const count = (value: number): GgufValue => ({ type: 'uint32', value });
  const flag = (value: boolean): GgufValue => ({ type: 'bool', value });
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'clip' }],
    ['general.name', { type: 'string', value: 'tiny' }],
    ['clip.has_text_encoder', flag(false)],
    ['clip.has_vision_encoder', flag(true)],
    ['clip.has_llava_projector', flag(true)],
    ['clip.projector_type', { type: 'string', value: 'mlp' }],
    ['clip.use_gelu', flag(false)],
    ['clip.vision.image_size', count(tower.imageSize)],
    ['clip.vision.patch_size', count(tower.patchSize)],
    ['clip.vision.embedding_length', count(tower.width)],
    ['clip.vision.feed_forward_length', count(tower.mlpWidth)],
    ['clip.vision.projection_dim', count(projector.width)],
    ['clip.vision.attention.head_count', count(tower.heads)],
    ['clip.vision.attention.layer_norm_epsilon', { type: 'float32', value: tower.epsilon }],
    ['clip.vision.block_count', count(tower.layers - 1)],
    ['clip.vision.image_mean', { type: 'array', of: 'float32', values: [...mean] }],
    ['clip.vision.image_std', { type: 'array', of: 'float32', values: [...std] }],
  ]);
}

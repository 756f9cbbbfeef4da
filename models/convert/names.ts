/** From names in public checkpoints to the nets' own. A rule rewrites the front of a name; the first that fits wins. */
type Renaming = readonly (readonly [pattern: RegExp, replacement: string])[];

/**
 * mmengine's Mug-STAN (`backbone.*`, `text_backbone.*`) and, with other words, the BT-Adapter, also cut out of a whole.
 * `timesFPN` is what the BT-Adapter's first checkpoints call it; their loader renames it (btadapter.py).
 */
const mugStan: Renaming = [
  [/^(?:.*\.)?(?:STAN|btadapter|timesFPN)_S_layers\./, 'stan.spatial.'],
  [/^(?:.*\.)?(?:STAN|btadapter|timesFPN)_T_layers\./, 'stan.temporal.'],
  [/^(?:.*\.)?(?:STAN|btadapter|timesFPN)_time_embed\./, 'stan.time_embed.'],
  [/^(?:.*\.)?(?:btadapter|timesFPN)_cls_token$/, 'stan.class_embedding'],
  [/^(?:.*\.)?(balance[12])$/, 'stan.$1'],
  [/^backbone\.visual_projection\./, 'visual_projection.'],
  [/^backbone\.layers\./, 'vision_model.encoder.layers.'],
  [/^backbone\.(class_embedding|patch_embedding|position_embedding)/, 'vision_model.embeddings.$1'],
  [/^backbone\.(pre_layrnorm|post_layernorm)\./, 'vision_model.$1.'],
  [/^text_backbone\./, ''],
];

/** CLIP or SigLIP as Hugging Face stores it, on its own or inside a LLaVA of either make. */
const tower: Renaming = [
  [/^text_model\.head\./, 'text_projection.'],
  [/^(vision_model|text_model|visual_projection|text_projection)\./, '$1.'],
  [/^(?:model\.)?vision_tower\.(?:vision_tower\.)?vision_model\./, 'vision_model.'],
];

/** LLaVA's projector: llava-hf's names, then the original ones (one matrix in v1, a numbered sequence in v1.5). */
const projector: Renaming = [
  [/^(?:model\.)?multi_modal_projector\.linear_1\./, 'projector.0.'],
  [/^(?:model\.)?multi_modal_projector\.linear_2\./, 'projector.2.'],
  [/^(?:model\.)?mm_projector\.(weight|bias)$/, 'projector.0.$1'],
  [/^(?:model\.)?mm_projector\.([02])\./, 'projector.$1.'],
];

/** llama.cpp's `mmproj` GGUF: tower and projector of a LLaVA in one file; its MLP's matrices are told apart by `mmprojNames`. */
const mmproj: Renaming = [
  [/^v\.class_embd$/, 'vision_model.embeddings.class_embedding'],
  [/^v\.patch_embd\./, 'vision_model.embeddings.patch_embedding.'],
  [/^v\.position_embd\./, 'vision_model.embeddings.position_embedding.'],
  [/^v\.pre_ln\./, 'vision_model.pre_layrnorm.'],
  [/^v\.post_ln\./, 'vision_model.post_layernorm.'],
  [/^v\.blk\.(\d+)\.attn_([qkv])\./, 'vision_model.encoder.layers.$1.self_attn.$2_proj.'],
  [/^v\.blk\.(\d+)\.attn_out\./, 'vision_model.encoder.layers.$1.self_attn.out_proj.'],
  [/^v\.blk\.(\d+)\.ln([12])\./, 'vision_model.encoder.layers.$1.layer_norm$2.'],
  [/^mm\.(weight|bias)$/, 'projector.0.$1'],
  [/^mm\.([02])\./, 'projector.$1.'],
];

type Rename = (name: string) => string | undefined;

// Each gives the nets' name of a checkpoint's weight, undefined for what they have no use for.
export const mugStanName: Rename = (name) => renamed(name, mugStan);
export const towerName: Rename = (name) => renamed(name, tower);
export const projectorName: Rename = (name) => renamed(name, projector);

/**
 * The names of an `mmproj` file. llama.cpp's script for LLaVA calls fc1 `ffn_down` and fc2 `ffn_up`, its newer converters
 * the other way round; as in llama.cpp (clip.cpp, `is_ffn_swapped`) what `ffn_down` reads tells them apart.
 */
export function mmprojNames(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): Rename {
  const width = tensors.get('v.patch_embd.weight')?.shape[0];
  const swapped = tensors.get('v.blk.0.ffn_down.weight')?.shape[1] === width;
  return (name) => {
    const [, layer, matrix, part] = /^v\.blk\.(\d+)\.ffn_(up|down)\.(.+)$/.exec(name) ?? [];
    if (layer === undefined) return renamed(name, mmproj);
    const isFirst = (matrix === 'up') !== swapped;
    return `vision_model.encoder.layers.${layer}.mlp.${isFirst ? 'fc1' : 'fc2'}.${part}`;
  };
}

function renamed(name: string, rules: Renaming): string | undefined {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule && name.replace(rule[0], rule[1]);
}

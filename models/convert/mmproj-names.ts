/** llama.cpp's `mmproj` GGUF to the nets' names (tower and projector of a LLaVA). */
const renaming: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^v\.class_embd$/, 'vision_model.embeddings.class_embedding'],
  [/^v\.patch_embd\./, 'vision_model.embeddings.patch_embedding.'],
  [/^v\.position_embd\./, 'vision_model.embeddings.position_embedding.'],
  [/^v\.pre_ln\./, 'vision_model.pre_layrnorm.'],
  [/^v\.post_ln\./, 'vision_model.post_layernorm.'],
  [/^v\.blk\.(\d+)\.attn_([qkv])\./, 'vision_model.encoder.layers.$1.self_attn.$2_proj.'],
  [/^v\.blk\.(\d+)\.attn_out\./, 'vision_model.encoder.layers.$1.self_attn.out_proj.'],
  [/^v\.blk\.(\d+)\.ln([12])\./, 'vision_model.encoder.layers.$1.layer_norm$2.'],
  [/^v\.blk\.(\d+)\.ffn_up\./, 'vision_model.encoder.layers.$1.mlp.fc1.'],
  [/^v\.blk\.(\d+)\.ffn_down\./, 'vision_model.encoder.layers.$1.mlp.fc2.'],
  [/^mm\.(\d)\./, 'projector.$1.'],
];

/** The nets' name of an mmproj tensor; undefined for what they have no use for. */
export function mmprojName(name: string): string | undefined {
  const rule = renaming.find(([pattern]) => pattern.test(name));
  return rule && name.replace(rule[0], rule[1]);
}

/** From names in public checkpoints to the nets' own. A rule rewrites the front of a name; the first that fits wins. */
type Renaming = readonly (readonly [pattern: RegExp, replacement: string])[];

/** mmengine's Mug-STAN (`backbone.*`, `text_backbone.*`) and, with other words, the BT-Adapter. */
const mugStan: Renaming = [
  [/^backbone\.(?:STAN|btadapter)_S_layers\./, 'stan.spatial.'],
  [/^backbone\.(?:STAN|btadapter)_T_layers\./, 'stan.temporal.'],
  [/^backbone\.(?:STAN|btadapter)_time_embed\./, 'stan.time_embed.'],
  [/^backbone\.visual_projection\./, 'visual_projection.'],
  [/^backbone\.layers\./, 'vision_model.encoder.layers.'],
  [/^backbone\.(class_embedding|patch_embedding|position_embedding)/, 'vision_model.embeddings.$1'],
  [/^backbone\.(pre_layrnorm|post_layernorm)\./, 'vision_model.$1.'],
  [/^text_backbone\./, ''],
];

/** The nets' name of a Mug-STAN weight; undefined for what they have no use for. */
export function mugStanName(name: string): string | undefined {
  const rule = mugStan.find(([pattern]) => pattern.test(name));
  return rule && name.replace(rule[0], rule[1]);
}

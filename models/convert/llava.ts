import { basename, join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import type { TokenConfig } from '#models/nets/video-tokens.ts';
import type { Tower } from './clip.ts';
import { templateOf } from './llm-family.ts';
import { projectorName, towerName } from './names.ts';
import { openTensorFile } from './open-tensor-file.ts';
import { type PictureRule, readPictureRule } from './pictures.ts';
import { type Projector, projectorOf } from './projector.ts';
import { readJson } from './read-json.ts';
import { clipLayersConfig, statedTower, visionConfig } from './tower.ts';
import { weightsOf } from './weight-source.ts';

/** An image chatbot: what its package takes over, whatever files it came in. */
export interface Llava {
  /** Undefined where the files name a tower that is not in them. */
  readonly tower: Tower | undefined;
  /** How its training made squares of pictures, where that is known. */
  readonly resize: PictureRule['resize'] | undefined;
  readonly projector: Projector;
  readonly tap: TokenConfig['tap'];
  /** The LLM as one GGUF (its first part), or as a Hugging Face folder still to be converted. */
  readonly llm: { readonly kind: 'gguf' | 'folder'; readonly path: string };
  /** Name of the conversation template that fits, as far as the files tell. */
  readonly template: string;
  close(): Promise<void>;
}

const llavaConfig = z.object({
  model_type: z.string().default(''),
  text_config: z.object({ model_type: z.string().default('llama') }).nullish(),
  vision_config: clipLayersConfig.extend({ model_type: z.string().default('clip_vision_model') }).nullish(),
  vision_feature_layer: z.union([z.int(), z.array(z.int())]).nullish(),
  mm_vision_select_layer: z.int().nullish(),
  mm_vision_tower: z.string().nullish(),
  mm_projector_type: z.string().nullish(),
  mm_use_im_start_end: z.boolean().nullish(),
  image_aspect_ratio: z.string().nullish(),
  image_grid_pinpoints: z.unknown().optional(),
});
type LlavaConfig = z.infer<typeof llavaConfig>;

const tokenizerConfig = z.object({ chat_template: z.unknown().optional() });

/** A Hugging Face folder of a LLaVA, of llava-hf's make or of the original one. Throws `FormatError`. */
export async function openLlavaFolder(folder: string): Promise<Llava> {
  const configPath = join(folder, 'config.json');
  const config = await readJson(configPath, llavaConfig);
  if (config === undefined)
    throw new FormatError('unreadable', configPath, 'is not there; is it a model folder?');
  refuseOtherTowers(config, configPath);
  const file = await openTensorFile(folder);
  try {
    const weights = weightsOf(file, (name) => towerName(name) ?? projectorName(name));
    const stated = config.vision_config ? statedTower(config.vision_config, configPath) : undefined;
    const rule = await readPictureRule(folder);
    const tower = weights.has('vision_model.embeddings.class_embedding')
      ? { config: visionConfig(weights, folder, stated), weights, pictures: rule }
      : undefined;
    const resize = resizeOf(config, tower?.config.imageSize);
    return {
      tower: tower && { ...tower, pictures: { ...rule, resize: resize ?? rule.resize } },
      resize,
      projector: projectorOf(weights, folder),
      tap: tapOf(config.vision_feature_layer ?? config.mm_vision_select_layer ?? -2, configPath),
      llm: { kind: 'folder', path: folder },
      template: await templateOfFolder(folder, config),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Newer LLaVAs have other towers: says so, rather than which of CLIP's weights is missing. */
function refuseOtherTowers(config: LlavaConfig, path: string): void {
  const refuse = (problem: string) => new FormatError('unsupported', path, problem);
  const named = config.mm_vision_tower ?? '';
  const kind = config.vision_config?.model_type ?? '';
  const needed = 'a branch trained beside that tower would be needed, and none is published';
  if (/siglip|eva|dino|convnext|internvit/i.test(named))
    throw refuse(`its tower is ${named}, not a CLIP; ${needed}`);
  if (kind !== '' && !kind.includes('clip')) throw refuse(`its tower is a ${kind}, not a CLIP; ${needed}`);
  const projector = config.mm_projector_type ?? 'linear';
  if (!/^(linear|mlp2x_gelu)$/.test(projector))
    throw refuse(`its projector is ${projector}; linear and mlp2x_gelu are supported`);
}

/**
 * How its training made squares of pictures: `image_aspect_ratio` in the original folders; llava-hf leaves that out of
 * LLaVA 1.5, which was trained with padding. LLaVA 1.6 squashes its view of the whole picture. Undefined: as the tower's.
 */
function resizeOf(config: LlavaConfig, imageSize: number | undefined): PictureRule['resize'] | undefined {
  const { image_aspect_ratio: stated, image_grid_pinpoints: grid, model_type: kind } = config;
  if (stated === 'pad') return 'pad';
  if (stated === 'anyres' || kind === 'llava_next' || (stated == null && grid != null)) return 'squash';
  return stated == null && kind === 'llava' && imageSize === 336 && config.text_config != null
    ? 'pad'
    : undefined;
}

async function templateOfFolder(folder: string, config: LlavaConfig): Promise<string> {
  const tokenizer = await readJson(join(folder, 'tokenizer_config.json'), tokenizerConfig);
  const kinds = [config.text_config?.model_type ?? '', config.model_type];
  return templateOf({
    kind: kinds.find((kind) => kind.includes('mistral')) === undefined ? 'llama' : 'mistral',
    names: [basename(folder)],
    chatTemplate: JSON.stringify(tokenizer?.chat_template ?? ''),
    marksPictures: config.mm_use_im_start_end === true,
  });
}

function tapOf(layer: number | readonly number[], path: string): TokenConfig['tap'] {
  if (layer === -2) return 'penultimate';
  if (layer === -1) return 'last';
  const named = typeof layer === 'number' ? `layer ${layer}` : `layers ${layer.join(', ')}`;
  throw new FormatError('unsupported', path, `its projector reads tower ${named}; -2 and -1 are supported`);
}

import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import { type GgufFile, openGguf } from '#models/formats/gguf/read.ts';
import type { ProjectorConfig } from '#models/nets/projector.ts';
import type { TokenConfig } from '#models/nets/video-tokens.ts';
import type { Tower } from './clip.ts';
import { mmprojName, projectorName, towerName } from './names.ts';
import { openTensorFile } from './open-tensor-file.ts';
import { clipPictures, type PictureRule, readPictureRule } from './pictures.ts';
import { readJson } from './read-json.ts';
import { clipLayersConfig, statedTower, visionConfig } from './tower.ts';
import { ggufWeights, type WeightSource, weightsOf } from './weight-source.ts';

/** An image chatbot: what its package takes over, whatever files it came in. */
export interface Llava {
  /** Undefined where the files name a tower that is not in them. */
  readonly tower: Tower | undefined;
  readonly projector: {
    readonly config: ProjectorConfig;
    readonly inputWidth: number;
    readonly weights: WeightSource;
  };
  readonly tap: TokenConfig['tap'];
  /** The LLM as one GGUF (its first part), or as a Hugging Face folder still to be converted. */
  readonly llm: { readonly kind: 'gguf' | 'folder'; readonly path: string };
  /** Name of the conversation template that fits, as far as the files tell. */
  readonly template: string;
  close(): Promise<void>;
}

/** The pair of GGUF files that llama.cpp's tools make of a LLaVA. Throws `FormatError`. */
export async function openGgufLlava(path: string, mmproj: string): Promise<Llava> {
  const file = await openGguf(mmproj);
  try {
    const weights = ggufWeights(file, mmprojName);
    const vision = (key: string): number => file.number(`clip.vision.${key}`);
    if (file.metadata.get('clip.use_gelu')?.type === 'bool' && scalar(file, 'clip.use_gelu') === true) {
      throw new FormatError('unsupported', mmproj, "the tower's activation is gelu, not CLIP's quick_gelu");
    }
    const stated = { heads: vision('attention.head_count'), epsilon: vision('attention.layer_norm_epsilon') };
    const config = visionConfig(weights, mmproj, stated);
    const pictures: PictureRule = {
      mean: triple(file, 'clip.vision.image_mean') ?? clipPictures.mean,
      std: triple(file, 'clip.vision.image_std') ?? clipPictures.std,
      // mmproj files do not say; LLaVA at 336 px is version 1.5, which pads
      resize: config.imageSize === 336 ? 'pad' : 'crop',
    };
    return {
      tower: { config, weights, pictures },
      projector: projectorOf(weights, mmproj),
      tap: 'penultimate',
      llm: { kind: 'gguf', path },
      template: 'vicuna-v1',
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const llavaConfig = z.object({
  model_type: z.string().default(''),
  text_config: z.object({ model_type: z.string().default('') }).optional(),
  vision_config: clipLayersConfig.optional(),
  vision_feature_layer: z.int().optional(),
  mm_vision_select_layer: z.int().optional(),
  image_aspect_ratio: z.string().optional(),
});

/** A Hugging Face folder of a LLaVA, of llava-hf's make or of the original one. Throws `FormatError`. */
export async function openLlavaFolder(folder: string): Promise<Llava> {
  const configPath = join(folder, 'config.json');
  const config = await readJson(configPath, llavaConfig);
  if (config === undefined)
    throw new FormatError('unreadable', configPath, 'is not there; is it a model folder?');
  const file = await openTensorFile(folder);
  try {
    const weights = weightsOf(file, (name) => towerName(name) ?? projectorName(name));
    const stated = config.vision_config && statedTower(config.vision_config, configPath);
    const rule = await readPictureRule(folder);
    const pictures: PictureRule = config.image_aspect_ratio === 'pad' ? { ...rule, resize: 'pad' } : rule;
    const inside = weights.has('vision_model.embeddings.class_embedding');
    const mistral = [config.model_type, config.text_config?.model_type].some((type) =>
      type?.includes('mistral'),
    );
    return {
      tower: inside ? { config: visionConfig(weights, folder, stated), weights, pictures } : undefined,
      projector: projectorOf(weights, folder),
      tap: tapOf(config.vision_feature_layer ?? config.mm_vision_select_layer ?? -2, configPath),
      llm: { kind: 'folder', path: folder },
      template: mistral ? 'mistral-instruct' : 'vicuna-v1',
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function projectorOf(weights: WeightSource, path: string): Llava['projector'] {
  if (!weights.has('projector.0.weight')) {
    throw new FormatError(
      'unsupported',
      path,
      'holds no LLaVA projector, linear (v1) or of two layers (v1.5)',
    );
  }
  const kind = weights.has('projector.2.weight') ? 'mlp' : 'linear';
  const [width = 0, inputWidth = 0] = weights.shape('projector.0.weight');
  return { config: { kind, width }, inputWidth, weights };
}

function tapOf(layer: number, path: string): TokenConfig['tap'] {
  if (layer === -2) return 'penultimate';
  if (layer === -1) return 'last';
  throw new FormatError(
    'unsupported',
    path,
    `its projector reads tower layer ${layer}; -2 and -1 are supported`,
  );
}

function scalar(file: GgufFile, key: string): unknown {
  const entry = file.metadata.get(key);
  return entry === undefined || entry.type === 'array' ? undefined : entry.value;
}

function triple(file: GgufFile, key: string): [number, number, number] | undefined {
  const list = file.metadata.get(key);
  const [a, b, c] = list?.type === 'array' ? list.values.map(Number) : [];
  return a === undefined || b === undefined || c === undefined ? undefined : [a, b, c];
}

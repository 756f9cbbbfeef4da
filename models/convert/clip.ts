import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import type { TowerConfig } from '#models/nets/clip.ts';
import { type ClipTokenizer, readClipTokenizer } from './clip-tokenizer.ts';
import { towerName } from './names.ts';
import { isFolder, openTensorFile } from './open-tensor-file.ts';
import { type PictureRule, readPictureRule } from './pictures.ts';
import { readJson } from './read-json.ts';
import {
  clipLayersConfig,
  siglipLayersConfig,
  type StatedTower,
  statedTower,
  visionConfig,
} from './tower.ts';
import { type WeightSource, weightsOf } from './weight-source.ts';

/** A vision tower and what belongs to it. */
export interface Tower {
  readonly config: TowerConfig;
  readonly weights: WeightSource;
  readonly pictures: PictureRule;
}

export interface Clip extends Tower {
  /** What is stated of the text tower beside it. */
  readonly statedText: StatedTower;
  /** Undefined where the folder has none. */
  readonly tokenizer: ClipTokenizer | undefined;
  close(): Promise<void>;
}

const kind = z.object({ model_type: z.string().default('clip') });
const clipConfig = z.object({
  vision_config: clipLayersConfig.optional(),
  text_config: clipLayersConfig.optional(),
});
const siglipConfig = z.object({ vision_config: siglipLayersConfig, text_config: siglipLayersConfig });

/**
 * Opens a CLIP, or a SigLIP, as Hugging Face stores it: its folder, or one safetensors file of it. Throws `FormatError`.
 */
export async function openClip(path: string): Promise<Clip> {
  const file = await openTensorFile(path);
  try {
    const folder = (await isFolder(path)) ? path : dirname(path);
    const configPath = join(folder, 'config.json');
    const isSiglip = (await readJson(configPath, kind))?.model_type === 'siglip';
    const config = await readJson(configPath, isSiglip ? siglipConfig : clipConfig);
    const visionOnly = config?.vision_config === undefined && config?.text_config === undefined;
    // a tower saved on its own states its sizes at the top
    const layers = visionOnly ? await readJson(configPath, clipLayersConfig) : config?.vision_config;
    const stated = layers === undefined ? {} : statedTower(layers, configPath);
    const weights = weightsOf(file, towerName);
    if (!weights.names.some((name) => name.startsWith('vision_model.')))
      throw new FormatError('unsupported', path, 'holds no CLIP (no vision_model.* weights)');
    return {
      config: visionConfig(weights, path, stated),
      weights,
      pictures: await readPictureRule(folder),
      statedText: config?.text_config === undefined ? {} : statedTower(config.text_config, configPath),
      tokenizer: isSiglip ? undefined : await readClipTokenizer(join(folder, 'tokenizer.json')),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

import { join } from 'node:path';
import { z } from 'zod';
import type { VisionManifest } from '#models/package/manifest.ts';
import { readJson } from './read-json.ts';

/** How a frame becomes a square. */
export type Squares = Pick<VisionManifest, 'resize' | 'kernel'>;

/** How a picture becomes pixels: properties of the tower's and the projector's training. */
export type PictureRule = Pick<VisionManifest, 'mean' | 'std' | 'resize'>;

const clipMean: PictureRule['mean'] = [0.48145466, 0.4578275, 0.40821073];
const clipStd: PictureRule['std'] = [0.26862954, 0.26130258, 0.27577711];

/** What every CLIP and LLaVA v1 uses. */
export const clipPictures: PictureRule = { mean: clipMean, std: clipStd, resize: 'crop' };

const triple = z.tuple([z.number(), z.number(), z.number()]);
const preprocessorConfig = z.object({
  image_mean: triple.default(clipMean),
  image_std: triple.default(clipStd),
  do_pad: z.boolean().optional(),
});

/** The rule a Hugging Face folder states in `preprocessor_config.json`; CLIP's own where it has none. */
export async function readPictureRule(folder: string): Promise<PictureRule> {
  const config = await readJson(join(folder, 'preprocessor_config.json'), preprocessorConfig);
  if (config === undefined) return clipPictures;
  return { mean: config.image_mean, std: config.image_std, resize: config.do_pad === true ? 'pad' : 'crop' };
}

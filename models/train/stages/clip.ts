import { captionFor, captionVariants } from '#models/world/captions.ts';
import { randomFrom } from '#models/world/random.ts';
import type { Scene } from '#models/world/scene.ts';
import { clipObjective } from '../objectives.ts';
import type { PictureStore } from '../picture-store.ts';
import type { DemoRun, Stage } from '../stage.ts';
import { captionFeeds, sharedTargets } from '../texts.ts';
import { adamW } from '../training-step.ts';

/** A quarter of the world's meanings: enough negatives, and twice the steps of a batch twice as large, which count more. */
const batchSize = 128;

/** CLIP from scratch on pictures and their captions. */
export function clipStage(run: DemoRun, scenes: readonly Scene[], pictures: PictureStore): Stage {
  const { arch, tokenizer, seed } = run;
  const side = arch.tower.imageSize;
  return {
    name: 'clip',
    seed,
    steps: run.steps.clip,
    peakRate: 1e-3,
    warmup: 40,
    adamW,
    objective: clipObjective(arch, batchSize),
    groups: [
      {
        name: 'gains',
        matches: (name) => /bias$|norm\d?\.weight$|logit_scale/.test(name),
        rate: 1,
        weightDecay: 0,
      },
      { name: 'matrices', matches: () => true, rate: 1, weightDecay: 0.02 },
    ],
    batch(step) {
      const random = randomFrom(`${seed}/clip/${step}`);
      const indices = Array.from({ length: batchSize }, () => random.int(0, pictures.length));
      const shown = indices.flatMap((index) => scenes[index] ?? []);
      const captions = shown.map((scene) => random.pick(captionVariants(scene)));
      const { ids, ends } = captionFeeds(captions, tokenizer, arch.text.context);
      if (ids === undefined || ends === undefined) throw new Error('captions give ids and ends');
      return {
        pixels: { data: pictures.gather(indices), shape: [batchSize, side, side, 3] },
        ids,
        ends,
        ...sharedTargets(shown.map(captionFor)),
      };
    },
  };
}

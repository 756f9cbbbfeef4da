import { clipLogitScale } from '#models/nets/mug.ts';
import { captionFor } from '#models/world/captions.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import type { Scene } from '#models/world/scene.ts';
import { reverseClip } from '#models/world/scene.ts';
import type { ClipSet } from '../clip-set.ts';
import { type StanLossConfig, stanObjective } from '../objectives.ts';
import type { PictureStore } from '../picture-store.ts';
import type { Batch, DemoRun, Stage } from '../stage.ts';
import { captionFeeds, sharedTargets } from '../texts.ts';
import { adamW } from '../training-step.ts';
import type { WeightMap } from '../training-state.ts';

/** Object-colour pairs of one batch; each shows all five motions, so that only the order of frames tells them apart. */
const pairsPerBatch = 6;
const clipsPerBatch = pairsPerBatch * 5;
const picturesPerBatch = 64;

const mug: StanLossConfig['mug'] = { form: 'full', select: { kind: 'softmax' }, tau: clipLogitScale };

/** STAN by the Mug loss on clips; CLIP and the text tower stay frozen, so that the branch goes where pictures live. */
export function motionStage(run: DemoRun, clips: ClipSet): Stage {
  return {
    ...common(run),
    name: 'stan-motion',
    steps: run.steps.motion,
    peakRate: 1.5e-3,
    objective: stanObjective(
      run.arch,
      { clips: clipsPerBatch, frames: run.arch.frames, pictures: 0 },
      { mug, contrast: 30, pictureLoss: 0, identityLoss: 0 },
    ),
    batch: (step) => clipBatch(run, clips, randomFrom(`${run.seed}/motion/${step}`)),
  };
}

/** A short finish that adds stills: their meaning and tokens stay where the chatbot knows them. */
export function settleStage(
  run: DemoRun,
  clips: ClipSet,
  scenes: readonly Scene[],
  pictures: PictureStore,
): Stage {
  return {
    ...common(run),
    name: 'stan',
    steps: run.steps.settle,
    peakRate: 8e-4,
    objective: stanObjective(
      run.arch,
      { clips: clipsPerBatch, frames: run.arch.frames, pictures: picturesPerBatch },
      { mug, contrast: 30, pictureLoss: 0.3, identityLoss: 0.1 },
    ),
    batch(step) {
      const random = randomFrom(`${run.seed}/settle/${step}`);
      const clipFeeds = clipBatch(run, clips, random);
      return { ...clipFeeds, ...pictureBatch(run, scenes, pictures, random) };
    },
  };
}

function common({ seed }: DemoRun): Pick<Stage, 'seed' | 'warmup' | 'adamW' | 'groups'> {
  const gain = /bias$|norm\d\.weight$|time_embed/;
  const spatial = (name: string): boolean => name.startsWith('stan.spatial.');
  const branch = (name: string): boolean => name.startsWith('stan.');
  return {
    seed,
    warmup: 20,
    adamW,
    // the spatial layers start as good CLIP layers and move half as fast
    groups: [
      {
        name: 'spatial-gains',
        matches: (name) => spatial(name) && gain.test(name),
        rate: 0.5,
        weightDecay: 0,
      },
      { name: 'spatial', matches: spatial, rate: 0.5, weightDecay: 0.001 },
      { name: 'temporal-gains', matches: (name) => branch(name) && gain.test(name), rate: 1, weightDecay: 0 },
      { name: 'temporal', matches: branch, rate: 1, weightDecay: 0.001 },
    ],
  };
}

function clipBatch({ arch, tokenizer }: DemoRun, clips: ClipSet, random: Random): Batch {
  const indices: number[] = [];
  const captions: string[] = [];
  const show = (clip: number, backwards: boolean): void => {
    const frames = clips.framesOf(clip);
    indices.push(...(backwards ? frames.reverse() : frames));
    const scene = clips.scene(clip);
    captions.push(captionFor(backwards ? reverseClip(scene) : scene));
  };
  for (const pair of random.shuffle(clips.pairs).slice(0, pairsPerBatch)) {
    for (const axis of [pair.sideways, pair.upright]) {
      // opposite motions: half of the time the very same frames in the other order, the hardest negative there is
      const [one, other] = random.shuffle(axis);
      if (one === undefined || other === undefined) throw new Error('a pair has at least two clips an axis');
      const opposite = random.chance(0.5) ? one : other;
      const backwards = random.chance(0.5);
      const same = clips.scene(one).motion === clips.scene(opposite).motion;
      show(one, backwards);
      show(opposite, same ? !backwards : backwards);
    }
    show(random.pick(pair.still), false);
  }
  const side = arch.tower.imageSize;
  const { ids, mask } = captionFeeds(captions, tokenizer, arch.text.context);
  if (ids === undefined || mask === undefined) throw new Error('captions give ids and a mask');
  return {
    frames: { data: clips.pictures.gather(indices), shape: [indices.length, side, side, 3] },
    ids,
    mask,
    ...sharedTargets(captions),
  };
}

function pictureBatch(
  { arch, tokenizer }: DemoRun,
  scenes: readonly Scene[],
  pictures: PictureStore,
  random: Random,
): Batch {
  const indices = Array.from({ length: picturesPerBatch }, () => random.int(0, pictures.length));
  const captions = indices.flatMap((index) => scenes[index] ?? []).map(captionFor);
  const feeds = captionFeeds(captions, tokenizer, arch.text.context, 'picture.');
  const { 'picture.ids': ids, 'picture.ends': ends } = feeds;
  if (ids === undefined || ends === undefined) throw new Error('captions give ids and ends');
  const side = arch.tower.imageSize;
  return {
    pictures: { data: pictures.gather(indices), shape: [indices.length, side, side, 3] },
    'picture.ids': ids,
    'picture.ends': ends,
    ...sharedTargets(captions, 'picture.targets'),
  };
}

/**
 * Where the branch starts (docs/method.md section 3): spatial layers as the tower layers they are aligned with, temporal
 * layers with the same attention but a silent output, time as a ramp and a cosine along random directions.
 */
export function branchStart({ arch, seed }: Pick<DemoRun, 'arch' | 'seed'>, clip: WeightMap): WeightMap {
  const { tower, stan } = arch;
  const start = new Map(clip);
  for (let k = 0; k < stan.depth; k++) {
    const layer = `vision_model.encoder.layers.${tower.layers - 1 - (stan.depth - 1 - k) * stan.interval}.`;
    for (const [name, values] of clip) {
      if (!name.startsWith(layer)) continue;
      const part = name.slice(layer.length);
      start.set(`stan.spatial.${k}.${part}`, values);
      if (/^(self_attn|layer_norm1)\./.test(part)) start.set(`stan.temporal.${k}.${part}`, values);
    }
  }
  start.set('stan.time_embed.weight', timeTable(stan.maxFrames, tower.width, seed));
  return start;
}

function timeTable(rows: number, width: number, seed: number): Float32Array {
  const random = randomFrom(`${seed}/time`);
  const deviation = 0.5;
  const directions = [0, 1].map(() =>
    Array.from({ length: width }, () => random.uniform(-1, 1) * deviation * Math.sqrt(3)),
  );
  return Float32Array.from({ length: rows * width }, (_, cell) => {
    const position = rows === 1 ? 0 : Math.floor(cell / width) / (rows - 1);
    const [ramp, wave] = [2 * position - 1, Math.cos(2 * Math.PI * position)];
    return (directions[0]?.[cell % width] ?? 0) * ramp + (directions[1]?.[cell % width] ?? 0) * wave;
  });
}

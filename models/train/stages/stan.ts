import { at } from '#core/at.ts';
import { patchCount } from '#models/nets/clip.ts';
import { clipLogitScale } from '#models/nets/mug.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import { captionClaim, captionFor, type Language } from '#models/world/scenes/captions.ts';
import { isTrue } from '#models/world/scenes/claims.ts';
import type { Scene } from '#models/world/scenes/scene.ts';
import { type SceneText, textFor } from '#models/world/scenes/texts.ts';
import { clipsPerFamily, families, reverseClip, trainingClip } from '../clip-set.ts';
import { type StanLossConfig, stanObjective } from '../stan-objective.ts';
import type { Batch, DemoRun, Stage } from '../stage.ts';
import { storyBank, storyFeeds } from '../text-banks.ts';
import { captionFeeds, sharedTargets, truthTargets } from '../texts.ts';
import { branchStates, type TowerCache } from '../tower-cache.ts';
import type { WeightMap } from '../training-state.ts';
import { adamW } from '../training-step.ts';
import { withFalseWords } from '#models/world/scenes/false-words.ts';
import type { SceneAt } from './clip.ts';

const familiesPerBatch = 6;
/** Of each family: three stories of one thing, one of them backwards too or a fourth, and two other clips. */
const clipsOfFamily = 6;
const clipsPerBatch = familiesPerBatch * clipsOfFamily;
const picturesPerBatch = 48;

const mug: StanLossConfig['mug'] = { form: 'full', select: { kind: 'softmax' }, tau: clipLogitScale };

/** STAN by the Mug loss on clips; CLIP and the text tower stay frozen, so that the branch goes where pictures live. */
export function motionStage(run: DemoRun, clips: TowerCache): Stage {
  return {
    ...common(run),
    name: 'stan-motion',
    steps: run.steps.motion,
    peakRate: 1.5e-3,
    objective: stanObjective(
      run.arch,
      { clips: clipsPerBatch, frames: run.arch.frames, pictures: 0 },
      { mug, bank: storyBank, contrast: 30, pictureLoss: 0, identityLoss: 0 },
    ),
    batch: (step) => clipBatch(run, clips, randomFrom(`${run.seed}/motion/${step}`)),
  };
}

/** A short finish that adds stills: their meaning and tokens stay where the chatbot knows them. */
export function settleStage(
  run: DemoRun,
  clips: TowerCache,
  sceneAt: SceneAt,
  pictures: TowerCache,
  pictureCount: number,
): Stage {
  return {
    ...common(run),
    name: 'stan',
    steps: run.steps.settle,
    peakRate: 8e-4,
    objective: stanObjective(
      run.arch,
      { clips: clipsPerBatch, frames: run.arch.frames, pictures: picturesPerBatch },
      { mug, bank: storyBank, contrast: 30, pictureLoss: 0.3, identityLoss: 0.1 },
    ),
    async batch(step) {
      const random = randomFrom(`${run.seed}/settle/${step}`);
      const clipFeeds = await clipBatch(run, clips, random);
      const indices = Array.from({ length: picturesPerBatch }, () => random.int(0, pictureCount));
      return { ...clipFeeds, ...(await pictureBatch(run, sceneAt, pictures, indices)) };
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

async function clipBatch(run: DemoRun, clips: TowerCache, random: Random): Promise<Batch> {
  const { arch, tokenizer, seed } = run;
  const indices: number[] = [];
  const scenes: Scene[] = [];
  const show = (clip: number, backwards: boolean): void => {
    const own = trainingClip(seed, clip);
    const turned = backwards ? reverseClip(own) : undefined;
    const frames = Array.from({ length: arch.frames }, (_, frame) => clip * arch.frames + frame);
    indices.push(...(turned === undefined ? frames : frames.reverse()));
    scenes.push((turned ?? own).scene);
  };
  for (let family = 0; family < familiesPerBatch; family++) {
    const first = random.int(0, families) * clipsPerFamily;
    const [a = 0, b = 1, c = 2, d = 3] = random.shuffle([0, 1, 2, 3]);
    show(first + a, false);
    // the hardest negative there is: the very same frames in the other order
    if (reverseClip(trainingClip(seed, first + a)) === undefined) show(first + d, false);
    else show(first + a, true);
    for (const member of [b, c, 4, 5]) show(first + member, random.chance(0.5));
  }
  const texts = scenes.map((scene) => textOf(scene, run, random));
  return {
    ...(await stateFeeds('frames', clips, indices, run)),
    ...captionFeeds(
      texts.map(({ text }) => text),
      tokenizer,
      arch.text.context,
    ),
    ...truthTargets(clipsPerBatch, clipsPerBatch, (text, clip) => fits(texts[text], scenes[clip])),
    ...truthTargets(
      clipsPerBatch,
      clipsPerBatch,
      (clip, text) => fits(texts[text], scenes[clip]),
      'targetsBack',
    ),
    ...storyFeeds(scenes, tokenizer, random),
  };
}

function fits(text: SceneText | undefined, scene: Scene | undefined): boolean {
  return text !== undefined && scene !== undefined && isTrue(text.claim, scene);
}

/** Mostly captions; a fifth with words beside them that are true of nothing. */
function textOf(scene: Scene, { tokenizer, arch }: DemoRun, random: Random): SceneText {
  const language: Language = random.chance(0.3) ? 'vi' : 'en';
  const said = textFor(
    scene,
    random,
    random.chance(0.75) ? 'caption' : random.pick(['doing', 'event']),
    language,
  );
  const padded = random.chance(0.2) ? withFalseWords(said.text, random) : said.text;
  const text = [padded, said.text].find((one) => tokenizer.encode(one).length + 2 <= arch.text.context);
  return text === undefined ? { text: captionFor(scene), claim: captionClaim(scene) } : { ...said, text };
}

async function stateFeeds(name: string, cache: TowerCache, indices: readonly number[], { arch }: DemoRun) {
  const states = await cache.gather(indices);
  const shape = [indices.length, patchCount(arch.tower) + 1, arch.tower.width];
  return Object.fromEntries(
    branchStates(arch).map((state, index) => [`${name}.${state}`, { data: at(states, index), shape }]),
  );
}

async function pictureBatch(
  run: DemoRun,
  sceneAt: SceneAt,
  pictures: TowerCache,
  indices: readonly number[],
): Promise<Batch> {
  const captions = indices.map((index) => captionFor(sceneAt(index)));
  return {
    ...(await stateFeeds('pictures', pictures, indices, run)),
    ...captionFeeds(captions, run.tokenizer, run.arch.text.context, 'picture.'),
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

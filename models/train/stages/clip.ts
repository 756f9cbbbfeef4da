import { captionClaim, captionFor, type Language } from '#models/world/scenes/captions.ts';
import { isTrue } from '#models/world/scenes/claims.ts';
import { withFalseWords } from '#models/world/scenes/false-words.ts';
import { drawForm, type SceneText, textFor } from '#models/world/scenes/texts.ts';
import type { Scene } from '#models/world/scenes/scene.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import { clipObjective } from '../clip-objective.ts';
import { choosePatches } from '../patches.ts';
import type { PictureStore } from '../picture-store.ts';
import type { Batch, DemoRun, Stage } from '../stage.ts';
import { bankFeeds, banks } from '../text-banks.ts';
import { captionFeeds, truthTargets } from '../texts.ts';
import { adamW } from '../training-step.ts';

const batchSize = 128;
/** Of 36 patches; the rest is background. */
const patches = { kept: 18, any: 4 };
/** Nearly all texts are shorter. */
const shortLength = 20;

/** The scenes that pictures show, by their place in the store. */
export type SceneAt = (index: number) => Scene;

/** CLIP from scratch on half of each picture's patches: the part of the training where most is learned. */
export function sparseClipStage(run: DemoRun, sceneAt: SceneAt, pictures: PictureStore): Stage {
  const { tower } = run.arch;
  return {
    ...common(run),
    name: 'clip-sparse',
    steps: run.steps.sparse,
    peakRate: 1e-3,
    warmup: 100,
    objective: clipObjective(run.arch, { batch: batchSize, length: shortLength, kept: patches.kept, banks }),
    batch(step) {
      const random = randomFrom(`${run.seed}/clip-sparse/${step}`);
      const { places: indices, feeds } = textBatch(run, sceneAt, pictures.length, shortLength, random);
      const chosen = choosePatches(
        indices.map((index) => pictures.at(index)),
        { side: tower.imageSize, patchSize: tower.patchSize, ...patches },
        random,
      );
      const area = tower.patchSize ** 2;
      return {
        ...feeds,
        patches: { data: chosen.patches, shape: [batchSize, patches.kept, 3, area] },
        places: { data: chosen.places, shape: [batchSize * patches.kept] },
      };
    },
  };
}

/** The same on whole pictures and longer texts, as they are met later. */
export function clipStage(run: DemoRun, sceneAt: SceneAt, pictures: PictureStore): Stage {
  const { tower, text } = run.arch;
  return {
    ...common(run),
    name: 'clip',
    steps: run.steps.clip,
    peakRate: 5e-4,
    warmup: 30,
    objective: clipObjective(run.arch, { batch: batchSize, length: text.context, banks }),
    batch(step) {
      const random = randomFrom(`${run.seed}/clip/${step}`);
      const { places: indices, feeds } = textBatch(run, sceneAt, pictures.length, text.context, random);
      const shape = [batchSize, tower.imageSize, tower.imageSize, 3];
      return { ...feeds, pixels: { data: pictures.gather(indices), shape } };
    },
  };
}

function common({ seed }: DemoRun): Pick<Stage, 'seed' | 'adamW' | 'groups'> {
  return {
    seed,
    adamW,
    groups: [
      {
        name: 'gains',
        matches: (name) => /bias$|norm\d?\.weight$|logit_scale/.test(name),
        rate: 1,
        weightDecay: 0,
      },
      { name: 'matrices', matches: () => true, rate: 1, weightDecay: 0.05 },
    ],
  };
}

/** Some pictures' places, a text about each, the banks, and all that is true. */
function textBatch(
  { tokenizer }: DemoRun,
  sceneAt: SceneAt,
  count: number,
  length: number,
  random: Random,
): { places: number[]; feeds: Batch } {
  const indices = Array.from({ length: batchSize }, () => random.int(0, count));
  const scenes = indices.map(sceneAt);
  const texts = scenes.map((scene) =>
    fittingText(scene, random, (text) => tokenizer.encode(text).length + 2 <= length),
  );
  const { ids, ends } = captionFeeds(
    texts.map(({ text }) => text),
    tokenizer,
    length,
  );
  if (ids === undefined || ends === undefined) throw new Error('texts give ids and ends');
  const right = (picture: number, text: number): boolean => {
    const [scene, said] = [scenes[picture], texts[text]];
    return scene !== undefined && said !== undefined && isTrue(said.claim, scene);
  };
  const feeds = {
    ids,
    ends,
    ...truthTargets(batchSize, batchSize, right),
    ...truthTargets(batchSize, batchSize, (text, picture) => right(picture, text), 'targetsBack'),
    ...bankFeeds(scenes, tokenizer, random),
  };
  return { places: indices, feeds };
}

/** A text that fits its places; the plain caption where chance gives none. */
function fittingText(scene: Scene, random: Random, fits: (text: string) => boolean): SceneText {
  const language: Language = random.chance(0.35) ? 'vi' : 'en';
  for (let attempt = 0; attempt < 3; attempt++) {
    const said = textFor(scene, random, drawForm(random), language);
    const text = random.chance(0.08) ? disturbed(said.text, random) : said.text;
    if (fits(text)) return { ...said, text };
  }
  return { text: captionFor(scene), claim: captionClaim(scene) };
}

function disturbed(text: string, random: Random): string {
  return random.chance(0.5) ? mistype(text, random) : withFalseWords(text, random);
}

/** One letter left out, doubled, or swapped with the next. */
function mistype(text: string, random: Random): string {
  if (text.length < 4) return text;
  const i = random.int(1, text.length - 2);
  const [before, letter, next, after] = [text.slice(0, i), text[i], text[i + 1], text.slice(i + 2)];
  return before + random.pick([`${next}`, `${letter}${letter}${next}`, `${next}${letter}`]) + after;
}

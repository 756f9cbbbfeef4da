import { progressBar } from '#models/progress.ts';
import { randomFrom } from '#models/world/random.ts';
import type { Language } from '#models/world/scenes/captions.ts';
import { isTrue } from '#models/world/scenes/claims.ts';
import { drawClip } from '#models/world/scenes/draw-scene.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { type TextForm, textFor } from '#models/world/scenes/texts.ts';
import { type Accuracy, accuracyOf } from '../accuracy.ts';
import type { LargeWorldOptions } from './chat.ts';

/** Finds clips by words as a server does. */
export interface ClipGallery {
  /** Adds clips; resolves when all can be found. */
  add(clips: readonly Clip[]): Promise<void>;
  /** Place of the best clip among those added, and its score; undefined where nothing matches. */
  best(query: string): Promise<{ readonly place: number; readonly score: number } | undefined>;
}

export interface SearchFigures {
  readonly rows: Readonly<Record<string, Accuracy>>;
  /** For the cut-off: scores of the best clip, for texts that are true of it and for texts that are true of none. */
  readonly matching: readonly number[];
  readonly unmatched: readonly number[];
}

const forms: readonly (readonly [form: TextForm, language: Language])[] = [
  ['noun', 'en'],
  ['coloured', 'en'],
  ['doing', 'en'],
  ['question', 'en'],
  ['noun', 'vi'],
  ['caption', 'en'],
  ['caption', 'vi'],
];

/** Recall at 1 by the form of the text; a clip is right when the text is true of it. */
export async function measureSearch(
  gallery: ClipGallery,
  { stream, count, signal }: LargeWorldOptions,
): Promise<SearchFigures> {
  const random = randomFrom(`${stream}/search`);
  const clips = Array.from({ length: count }, () => drawClip(random, { unknown: 0 }));
  await gallery.add(clips);
  const rows: Record<string, Accuracy> = {};
  const matching: number[] = [];
  const report = progressBar('searching');
  for (const [number, [form, language]] of forms.entries()) {
    const verdicts: boolean[] = [];
    for (const { scene } of clips) {
      signal.throwIfAborted();
      const { text, claim } = textFor(scene, random, form, language);
      const found = await gallery.best(text);
      const shown = found === undefined ? undefined : clips[found.place];
      const right = shown !== undefined && isTrue(claim, shown.scene);
      if (right && found !== undefined) matching.push(found.score);
      verdicts.push(right);
    }
    rows[`search R@1: ${form}, ${language}`] = accuracyOf(verdicts);
    report(number + 1, forms.length);
  }
  const { refused, scores } = await searchForNothing(gallery, clips, stream);
  if (refused.length > 0) rows['search: nothing matches, said so'] = accuracyOf(refused);
  return { rows, matching, unmatched: scores };
}

/** Texts that are true of no clip there. */
async function searchForNothing(
  gallery: ClipGallery,
  clips: readonly Clip[],
  stream: string,
): Promise<{ refused: boolean[]; scores: number[] }> {
  const random = randomFrom(`${stream}/search for nothing`);
  const refused: boolean[] = [];
  const scores: number[] = [];
  for (let draw = 0; draw < 4 * clips.length && refused.length < clips.length; draw++) {
    const [form, language] = random.pick(forms);
    const { text, claim } = textFor(drawClip(random, { unknown: 0 }).scene, random, form, language);
    if (clips.some(({ scene }) => isTrue(claim, scene))) continue;
    const found = await gallery.best(text);
    refused.push(found === undefined);
    if (found !== undefined) scores.push(found.score);
  }
  return { refused, scores };
}

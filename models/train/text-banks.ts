import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import type { Random } from '#models/world/random.ts';
import type { Language } from '#models/world/scenes/captions.ts';
import { type Claim, isTrue } from '#models/world/scenes/claims.ts';
import * as english from '#models/world/scenes/english.ts';
import { type EventKind, eventKinds, eventPairs } from '#models/world/scenes/events.ts';
import type { Scene } from '#models/world/scenes/scene.ts';
import { distinctThings, storyOf } from '#models/world/scenes/truth.ts';
import * as vietnamese from '#models/world/scenes/vietnamese.ts';
import { knownThings } from '#models/world/things/known-things.ts';
import type { BankShape } from './clip-objective.ts';
import type { Batch } from './stage.ts';
import { captionFeeds, truthTargets } from './texts.ts';

interface BankEntry {
  readonly texts: Record<Language, readonly string[]>;
  readonly claim: Claim;
}

/** Everything that can happen to one thing: nothing, one event, two in order. */
export const stories: readonly (readonly EventKind[])[] = [
  [],
  ...eventKinds.map((kind) => [kind]),
  ...eventPairs,
];

const nouns: readonly BankEntry[] = [
  ...knownThings.map((thing) => ({
    texts: { en: [thing.id, english.aThing(thing)], vi: [thing.vietnamese] },
    claim: { things: [{ thing: thing.id }] },
  })),
  {
    texts: { en: ['something unknown'], vi: ['một thứ không rõ'] },
    claim: { things: [{ thing: 'unknown' }] },
  },
];

const told: readonly BankEntry[] = stories.map((story) => ({
  texts: {
    en: [english.participles(story)],
    vi: [vietnamese.verbs(story)],
  },
  claim: { things: [{ story }] },
}));

const nounBank: BankShape = { name: 'nouns', texts: nouns.length, length: 7, weight: 0.6 };
export const storyBank: BankShape = { name: 'stories', texts: told.length, length: 11, weight: 0.4 };
export const banks: readonly BankShape[] = [nounBank, storyBank];

/** The banks in words of one step, and what of them is true of each scene. */
export function bankFeeds(scenes: readonly Scene[], tokenizer: WordTokenizer, random: Random): Batch {
  return {
    ...feedsOf(nounBank, nouns, isTrue, scenes, tokenizer, random),
    ...storyFeeds(scenes, tokenizer, random),
  };
}

/** The bank of stories alone. */
export function storyFeeds(scenes: readonly Scene[], tokenizer: WordTokenizer, random: Random): Batch {
  return feedsOf(storyBank, told, tellsAll, scenes, tokenizer, random);
}

function feedsOf(
  { name, length }: BankShape,
  entries: readonly BankEntry[],
  fits: (claim: Claim, scene: Scene) => boolean,
  scenes: readonly Scene[],
  tokenizer: WordTokenizer,
  random: Random,
): Batch {
  const texts = entries.map((entry) => random.pick(entry.texts[random.chance(0.35) ? 'vi' : 'en']));
  const right = (row: number, column: number): boolean => {
    const [scene, entry] = [scenes[row], entries[column]];
    return scene !== undefined && entry !== undefined && fits(entry.claim, scene);
  };
  return {
    ...captionFeeds(texts, tokenizer, length, `${name}.`),
    ...truthTargets(scenes.length, entries.length, right, `${name}.targets`),
  };
}

/** A story bank's entry must be the whole story: of two events, neither alone. */
function tellsAll({ things: [claim] }: Claim, scene: Scene): boolean {
  return distinctThings(scene).some((shown) => storyOf(shown).join() === (claim?.story ?? []).join());
}

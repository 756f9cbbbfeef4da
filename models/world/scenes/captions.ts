import type { Claim } from './claims.ts';
import * as english from './english.ts';
import type { Scene, Shown } from './scene.ts';
import { countOf, distinctThings, placementOf, storyOf } from './truth.ts';
import * as vietnamese from './vietnamese.ts';

export const languages = ['en', 'vi'] as const;
export type Language = (typeof languages)[number];

/** The words a language needs for captions. */
interface Words {
  readonly unknown: string;
  readonly aThing: typeof english.aThing;
  readonly several: typeof english.several;
  /** What one or several do: after the noun. */
  readonly doing: (story: ReturnType<typeof storyOf>) => string;
  readonly placement: typeof english.placementWords;
  readonly and: string;
}

const wordsOf: Record<Language, Words> = {
  en: {
    unknown: 'something unknown',
    aThing: english.aThing,
    several: english.several,
    doing: english.participles,
    placement: english.placementWords,
    and: 'and',
  },
  vi: {
    unknown: 'một thứ không rõ',
    aThing: vietnamese.aThing,
    several: vietnamese.several,
    doing: vietnamese.verbs,
    placement: vietnamese.placementWords,
    and: 'và',
  },
};

/** `two red cars`, `a dog`, `something unknown` */
export function nounPhrase(scene: Scene, shown: Shown, language: Language = 'en'): string {
  const words = wordsOf[language];
  const { thing, colour } = shown;
  if (!thing.known) return words.unknown;
  const count = countOf(scene, thing.id);
  return count > 1 ? words.several(count, thing, colour) : words.aThing(thing, colour);
}

/** The one full caption of a scene: `a red car moving left and then growing`, `a dog to the left of a cat`. */
export function captionFor(scene: Scene, language: Language = 'en'): string {
  const words = wordsOf[language];
  const [a, b] = distinctThings(scene);
  if (a === undefined) return language === 'en' ? 'nothing' : 'không có gì';
  const ofOne = (shown: Shown): string =>
    `${nounPhrase(scene, shown, language)} ${words.doing(storyOf(shown))}`;
  if (b === undefined) return ofOne(a);
  const placement = placementOf(scene, a, b);
  if (placement !== undefined)
    return `${nounPhrase(scene, a, language)} ${words.placement[placement]} ${nounPhrase(scene, b, language)}`;
  return `${ofOne(a)} ${words.and} ${ofOne(b)}`;
}

/** What `captionFor` says, for whoever has to know of which other scenes it is true. */
export function captionClaim(scene: Scene): Claim {
  const shown = distinctThings(scene).slice(0, 2);
  const [a, b] = shown;
  const placement = a !== undefined && b !== undefined ? placementOf(scene, a, b) : undefined;
  const things = shown.map((one) => ({
    thing: one.thing.known ? one.thing.id : 'unknown',
    colour: one.colour,
    count: countOf(scene, one.thing.id),
    ...(placement === undefined && { story: storyOf(one) }),
  }));
  return { things, placement };
}

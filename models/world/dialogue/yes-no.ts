import type { Random } from '../random.ts';
import type { Language } from '../scenes/captions.ts';
import * as english from '../scenes/english.ts';
import { type EventKind, eventKinds, reversed } from '../scenes/events.ts';
import type { Scene, Shown } from '../scenes/scene.ts';
import {
  countOf,
  distinctThings,
  isKnown,
  type Known,
  oppositePlacement,
  placementOf,
  placements,
  storyOf,
} from '../scenes/truth.ts';
import * as vietnamese from '../scenes/vietnamese.ts';
import { colourNames, vietnameseColour } from '../things/colours.ts';
import { groups, vietnameseGroup } from '../things/groups.ts';
import { knownThings } from '../things/known-things.ts';
import type { KnownThing } from '../things/thing.ts';
import type { Exchange } from './exchange.ts';
import { capitalised, isPlural, named, sayPlace, theNoun, verbsFor } from './sentences.ts';

type Ask = (scene: Scene, random: Random, language: Language) => Exchange | undefined;

const yes: Record<Language, string> = { en: 'Yes', vi: 'Đúng' };
const no: Record<Language, string> = { en: 'No', vi: 'Không' };
/** A question about a thing without a word has no honest yes or no. */
const cannotSay: Record<Language, string> = {
  en: 'I cannot say: I have no word for what I see.',
  vi: 'Tôi không nói được: tôi không có từ cho thứ tôi thấy.',
};

function exchange(language: Language, question: string, claims: boolean, fact: string): Exchange {
  const answer = `${(claims ? yes : no)[language]}, ${fact}`;
  return { topic: 'yes-no', language, question, answer, claims };
}

/** `Is it a dog?` */
export const isItThing: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || countOf(scene, only.thing.id) > 1) return undefined;
  const claims = random.chance(0.5);
  const asked = claims && isKnown(only) ? only.thing : otherThing(only, random);
  const noun = language === 'en' ? english.aThing(asked) : asked.vietnamese;
  const question =
    language === 'en'
      ? random.pick([`Is it ${noun}?`, `Is this ${noun}?`, `Is that ${noun}?`, `Do you see ${noun}?`])
      : random.pick([`Đó có phải là ${noun} không?`, `Có phải ${noun} không?`]);
  if (!isKnown(only)) return { topic: 'yes-no', language, question, answer: cannotSay[language] };
  const fact = language === 'en' ? `it is ${english.aThing(only.thing)}.` : `đó là ${only.thing.vietnamese}.`;
  return exchange(language, question, claims, fact);
};

/** `Is there a dog in the video?` */
export const isThereThing: Ask = (scene, random, language) => {
  const shown = distinctThings(scene);
  const one = random.pick(shown);
  const claims = random.chance(0.5) && isKnown(one);
  const present = new Set(shown.map(({ thing }) => thing.id));
  const asked =
    claims && isKnown(one) ? one.thing : random.pick(knownThings.filter(({ id }) => !present.has(id)));
  const noun = language === 'en' ? english.aThing(asked) : asked.vietnamese;
  const question =
    language === 'en'
      ? random.pick([
          `Is there ${noun}?`,
          `Is there ${noun} in the video?`,
          `Can you see ${noun}?`,
          `Do you see ${noun}?`,
        ])
      : random.pick([`Có ${noun} không?`, `Trong video có ${noun} không?`, `Bạn có thấy ${noun} không?`]);
  if (!shown.every(isKnown) && !claims)
    return { topic: 'yes-no', language, question, answer: cannotSay[language] };
  const seen = shown.map((other) => named(scene, other, language)).join(language === 'en' ? ' and ' : ' và ');
  if (claims) {
    const fact = named(scene, one, language);
    return exchange(language, question, true, language === 'en' ? `I see ${fact}.` : `tôi thấy ${fact}.`);
  }
  return exchange(language, question, false, language === 'en' ? `I see ${seen}.` : `tôi thấy ${seen}.`);
};

/** `Is it red?` */
export const isItColour: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || !isKnown(only) || only.colour === undefined)
    return undefined;
  const { colour } = only;
  const claims = random.chance(0.5);
  const asked = claims ? colour : random.pick(colourNames.filter((name) => name !== colour));
  const plural = isPlural(scene, only);
  const question =
    language === 'en'
      ? random.pick(
          plural
            ? [`Are they ${asked}?`]
            : [`Is it ${asked}?`, `Is the ${only.thing.id} ${asked}?`, `Is its colour ${asked}?`],
        )
      : random.pick([`Nó có ${vietnameseColour[asked]} không?`, `Nó ${vietnameseColour[asked]} phải không?`]);
  const fact =
    language === 'en' ? `${plural ? 'they are' : 'it is'} ${colour}.` : `nó ${vietnameseColour[colour]}.`;
  return exchange(language, question, claims, fact);
};

/** `Is it an animal?` */
export const isItGroup: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || !isKnown(only) || isPlural(scene, only)) return undefined;
  const claims = random.chance(0.5);
  const asked = claims ? only.thing.group : random.pick(groups.filter((name) => name !== only.thing.group));
  const question =
    language === 'en'
      ? random.pick([`Is it ${english.withArticle(asked)}?`, `Is there ${english.withArticle(asked)}?`])
      : `Nó có phải là ${vietnameseGroup[asked]} không?`;
  const fact = language === 'en' ? `it is ${english.aThing(only.thing)}.` : `đó là ${only.thing.vietnamese}.`;
  return exchange(language, question, claims, fact);
};

/** `Does it move to the left?`, `Does it stand still?` */
export const doesItDo: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || isPlural(scene, only)) return undefined;
  const story = storyOf(only);
  const claims = random.chance(0.5);
  const wrong: readonly (EventKind | 'still')[] = [...eventKinds, 'still' as const].filter((kind) =>
    kind === 'still' ? story.length > 0 : !story.includes(kind),
  );
  const opposite = story.map((kind) => reversed[kind]).find((kind) => !story.includes(kind));
  const asked = claims
    ? (random.pick(story.length > 0 ? story : (['still'] as const)) satisfies EventKind | 'still')
    : opposite !== undefined && random.chance(0.4)
      ? opposite
      : random.pick(wrong);
  const doing = asked === 'still' ? 'standing still' : english.participle[asked];
  const question =
    language === 'en'
      ? random.pick([
          `Is it ${doing}?`,
          `Does it ${english.verbs(asked === 'still' ? [] : [asked]).replace(/^(\w+?)(?:(?<=sh)es|s)\b/, '$1')}?`,
        ])
      : `Nó có ${vietnamese.verbs(asked === 'still' ? [] : [asked])} không?`;
  const subject = language === 'en' ? 'it' : 'nó';
  return exchange(language, question, claims, `${subject} ${verbsFor(scene, only, language)}.`);
};

/** `Does it grow first and then move to the left?` */
export const isItInOrder: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || isPlural(scene, only)) return undefined;
  const [one, two] = storyOf(only);
  if (one === undefined || two === undefined) return undefined;
  const claims = random.chance(0.5);
  const [a, b] = claims ? [one, two] : [two, one];
  const question =
    language === 'en'
      ? random.pick([
          `Is it first ${english.participle[a]} and then ${english.participle[b]}?`,
          `Is it ${english.participle[a]} before ${english.participle[b]}?`,
        ])
      : `Có phải nó ${vietnamese.verb[a]} trước rồi ${vietnamese.verb[b]} không?`;
  const fact =
    language === 'en'
      ? `first it ${english.verb[one]}, then it ${english.verb[two]}.`
      : `đầu tiên nó ${vietnamese.verb[one]}, sau đó nó ${vietnamese.verb[two]}.`;
  return exchange(language, question, claims, fact);
};

/** `Are there two dogs?` */
export const areThereSeveral: Ask = (scene, random, language) => {
  const [shown, other] = distinctThings(scene);
  if (shown === undefined || other !== undefined || !isKnown(shown) || shown.thing.form !== 'count')
    return undefined;
  const count = countOf(scene, shown.thing.id);
  const claims = random.chance(0.5);
  const asked = claims ? count : random.pick([1, 2, 3].filter((n) => n !== count));
  const say = (n: number): string =>
    language === 'vi'
      ? vietnamese.several(n, shown.thing)
      : n > 1
        ? english.several(n, shown.thing)
        : `one ${shown.thing.id}`;
  const question =
    language === 'vi'
      ? `Có phải có ${say(asked)} không?`
      : `${asked > 1 ? 'Are' : 'Is'} there ${say(asked)}?`;
  const fact = language === 'vi' ? `có ${say(count)}.` : `there ${count > 1 ? 'are' : 'is'} ${say(count)}.`;
  return exchange(language, question, claims, fact);
};

/** `Is the dog to the left of the cat?` */
export const isItPlaced: Ask = (scene, random, language) => {
  const [a, b] = random.shuffle(distinctThings(scene));
  if (a === undefined || b === undefined || !isKnown(a) || !isKnown(b)) return undefined;
  const placement = placementOf(scene, a, b);
  if (placement === undefined) return undefined;
  const claims = random.chance(0.5);
  const wrong = random.chance(0.5)
    ? oppositePlacement[placement]
    : random.pick(placements.filter((one) => one !== placement));
  const asked = claims ? placement : wrong;
  const [first, second] = [theNoun(scene, a, language), theNoun(scene, b, language)];
  const verb = isPlural(scene, a) ? 'Are' : 'Is';
  const question =
    language === 'en'
      ? `${verb} ${first} ${english.placementWords[asked]} ${second}?`
      : `${capitalised(first)} có ${vietnamese.placementWords[asked]} ${second} không?`;
  const sentence = sayPlace(first, placement, second, scene, a, language);
  return exchange(language, question, claims, sentence.charAt(0).toLowerCase() + sentence.slice(1));
};

/** Another thing than the one shown, half of the time of the same group. */
function otherThing(shown: Shown | Known, random: Random): KnownThing {
  const near = knownThings.filter(
    ({ id, group }) => isKnown(shown) && group === shown.thing.group && id !== shown.thing.id,
  );
  const all = knownThings.filter(({ id }) => id !== shown.thing.id);
  return random.pick(near.length > 0 && random.chance(0.5) ? near : all);
}

import { captionFor, type Language, nounPhrase } from '../scenes/captions.ts';
import * as english from '../scenes/english.ts';
import type { EventKind } from '../scenes/events.ts';
import type { Scene, Shown } from '../scenes/scene.ts';
import { countOf, distinctThings, isKnown, type Placement, placementOf, storyOf } from '../scenes/truth.ts';
import * as vietnamese from '../scenes/vietnamese.ts';

/** What the chatbot says where it has no word, in each language. */
export const noWord: Record<Language, string> = {
  en: 'I see something I have no word for.',
  vi: 'Tôi thấy một thứ mà tôi không có từ để gọi.',
};

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `a dog`, `two dogs`, `something I have no word for` */
export function named(scene: Scene, shown: Shown, language: Language): string {
  if (isKnown(shown)) return nounPhrase(scene, { ...shown, colour: undefined }, language);
  return language === 'en' ? 'something I have no word for' : 'một thứ tôi không có từ để gọi';
}

/** `It is a dog.`, `They are two dogs.`, `I see a dog and a cat.` */
export function whatIsShown(scene: Scene, language: Language): string {
  const shown = distinctThings(scene);
  const [only, other] = shown;
  if (only === undefined) return language === 'en' ? 'I see nothing.' : 'Tôi không thấy gì.';
  if (other !== undefined) {
    const nouns = shown.map((one) => named(scene, one, language));
    return language === 'en' ? `I see ${nouns.join(' and ')}.` : `Tôi thấy ${nouns.join(' và ')}.`;
  }
  if (!isKnown(only)) return noWord[language];
  const many = countOf(scene, only.thing.id) > 1;
  const noun = named(scene, only, language);
  if (language === 'vi') return `Đó là ${noun}.`;
  return many || only.thing.form === 'plural' ? `They are ${noun}.` : `It is ${noun}.`;
}

/** The whole picture in one sentence. */
export function description(scene: Scene, language: Language): string {
  const shown = distinctThings(scene);
  const [only, other] = shown;
  if (only === undefined || other !== undefined) return `${capitalised(captionFor(scene, language))}.`;
  const noun = isKnown(only) ? nounPhrase(scene, only, language) : named(scene, only, language);
  return `${capitalised(noun)} ${verbsFor(scene, only, language)}.`;
}

/** What a thing does, as the verb of a sentence: `moves to the left, then grows`, `stand still`. */
export function verbsFor(scene: Scene, shown: Shown, language: Language): string {
  const story = storyOf(shown);
  if (language === 'vi') return vietnamese.verbs(story);
  return isPlural(scene, shown) ? pluralVerbs(story) : english.verbs(story);
}

/** `It moves to the left.`, `They stand still.` */
export function whatItDoes(scene: Scene, shown: Shown, language: Language): string {
  const subject = language === 'vi' ? 'Nó' : isPlural(scene, shown) ? 'They' : 'It';
  return `${subject} ${verbsFor(scene, shown, language)}.`;
}

export function isPlural(scene: Scene, shown: Shown): boolean {
  return countOf(scene, shown.thing.id) > 1 || (isKnown(shown) && shown.thing.form === 'plural');
}

/** `The dog is to the left of the cat.` */
export function placeSentence(scene: Scene, a: Shown, b: Shown, language: Language): string | undefined {
  const placement = placementOf(scene, a, b);
  if (placement === undefined || !isKnown(a) || !isKnown(b)) return undefined;
  return sayPlace(theNoun(scene, a, language), placement, theNoun(scene, b, language), scene, a, language);
}

export function sayPlace(
  a: string,
  placement: Placement,
  b: string,
  scene: Scene,
  shown: Shown,
  language: Language,
): string {
  if (language === 'vi') return `${capitalised(a)} ${vietnamese.placementWords[placement]} ${b}.`;
  return `${capitalised(a)} ${isPlural(scene, shown) ? 'are' : 'is'} ${english.placementWords[placement]} ${b}.`;
}

/** `the dog`, `the two dogs`, `con chó` */
export function theNoun(scene: Scene, shown: Shown, language: Language): string {
  if (!isKnown(shown)) return language === 'en' ? 'the other thing' : 'thứ kia';
  const count = countOf(scene, shown.thing.id);
  if (language === 'vi') {
    return count > 1 ? vietnamese.several(count, shown.thing) : shown.thing.vietnamese;
  }
  return `the ${count > 1 ? english.several(count, shown.thing) : shown.thing.id}`;
}

function pluralVerbs(story: readonly EventKind[]): string {
  const verbs = english.verbs(story).split(', then ');
  return verbs.map((verb) => verb.replace(/^(\w+?)(?:(?<=sh)es|s)\b/, '$1')).join(', then ');
}

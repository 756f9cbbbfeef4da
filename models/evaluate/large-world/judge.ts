import type { Exchange } from '#models/world/dialogue/exchange.ts';
import { pluralOf } from '#models/world/scenes/english.ts';
import { colourNames } from '#models/world/things/colours.ts';
import { knownThings } from '#models/world/things/known-things.ts';

/** Every form of every noun, the longest first: "hot dog" is no dog. */
const nounForms = knownThings
  .flatMap(({ id, form }) =>
    form === 'count' ? [[id, id] as const, [pluralOf(id), id] as const] : [[id, id] as const],
  )
  .sort(([a], [b]) => b.length - a.length);
const idOfForm = new Map<string, string>(nounForms);
const nounPattern = new RegExp(`\\b(?:${nounForms.map(([form]) => form).join('|')})\\b`, 'g');

/** The nouns of the large world that an English sentence has, sorted, each once. */
export function nounsIn(said: string): string[] {
  const found = said.toLowerCase().match(nounPattern) ?? [];
  return [...new Set(found.map((form) => idOfForm.get(form) ?? form))].sort();
}

/** The colours that an English sentence has, sorted, each once. */
export function coloursIn(said: string): string[] {
  const words = new Set(said.toLowerCase().match(/\p{L}+/gu));
  return colourNames.filter((name) => words.has(name)).sort();
}

/** Whether an answer is right: of nouns and colours the same ones, of yes/no the first word, otherwise the same words. */
export function isRight({ topic, answer }: Exchange, said: string): boolean {
  switch (topic) {
    case 'what':
      return nounsIn(said).join() === nounsIn(answer).join();
    case 'colour':
      return coloursIn(said).join() === coloursIn(answer).join();
    case 'yes-no':
      return wordsOf(said)[0] === wordsOf(answer)[0];
    default:
      return wordsOf(said).join(' ') === wordsOf(answer).join(' ');
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

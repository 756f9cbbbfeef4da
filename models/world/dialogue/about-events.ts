import type { Random } from '../random.ts';
import type { Language } from '../scenes/captions.ts';
import * as english from '../scenes/english.ts';
import { eventKinds, isMove } from '../scenes/events.ts';
import type { Scene } from '../scenes/scene.ts';
import { distinctThings, storyOf } from '../scenes/truth.ts';
import * as vietnamese from '../scenes/vietnamese.ts';
import type { Exchange } from './exchange.ts';
import { capitalised, isPlural, placeSentence, theNoun, verbsFor, whatItDoes } from './sentences.ts';

type Ask = (scene: Scene, random: Random, language: Language) => Exchange | undefined;

const motion: Record<Language, readonly string[]> = {
  en: [
    'What does it do?',
    'Which way does it move?',
    'How does it move?',
    'What happens to it?',
    'Does it move?',
    'Where does it go?',
    'Which direction does it move?',
    'What is it doing?',
    'In which direction is it going?',
    'and where does it go?',
    'How is it moving?',
  ],
  vi: [
    'Nó làm gì?',
    'Nó di chuyển hướng nào?',
    'Nó đi đâu?',
    'Nó di chuyển thế nào?',
    'Nó đang làm gì?',
    'Chuyện gì xảy ra với nó?',
  ],
};

export const askMotion: Ask = (scene, random, language) => {
  const shown = random.pick(distinctThings(scene));
  if (distinctThings(scene).length === 1) {
    return {
      topic: 'motion',
      language,
      question: random.pick(motion[language]),
      answer: whatItDoes(scene, shown, language),
    };
  }
  const thing = theNoun(scene, shown, language);
  const question =
    language === 'vi'
      ? `${capitalised(thing)} làm gì?`
      : random.pick(
          isPlural(scene, shown)
            ? [`What do ${thing} do?`, `How do ${thing} move?`]
            : [`What does ${thing} do?`, `Which way does ${thing} move?`, `What happens to ${thing}?`],
        );
  return {
    topic: 'motion',
    language,
    question,
    answer: `${capitalised(thing)} ${verbsFor(scene, shown, language)}.`,
  };
};

const first: Record<Language, readonly string[]> = {
  en: [
    'What happens first?',
    'What does it do first?',
    'What is the first thing it does?',
    'How does it begin?',
  ],
  vi: ['Đầu tiên nó làm gì?', 'Chuyện gì xảy ra trước?', 'Nó làm gì trước?'],
};
const then: Record<Language, readonly string[]> = {
  en: [
    'What happens then?',
    'And then?',
    'What does it do after that?',
    'What happens at the end?',
    'What is the last thing it does?',
    'What next?',
  ],
  vi: ['Sau đó nó làm gì?', 'Rồi sao nữa?', 'Cuối cùng nó làm gì?', 'Nó làm gì sau đó?'],
};

/** What comes first and what then, of one thing with two events. */
export const askOrder: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined) return undefined;
  const story = storyOf(only);
  const [one, two] = story;
  if (one === undefined) return undefined;
  const isFirst = random.chance(0.5);
  const question = random.pick((isFirst ? first : then)[language]);
  if (two === undefined) {
    const nothing = language === 'en' ? 'Nothing else happens.' : 'Không có gì khác xảy ra.';
    return {
      topic: 'order',
      language,
      question,
      answer: isFirst ? whatItDoes(scene, only, language) : nothing,
    };
  }
  const kind = isFirst ? one : two;
  const answer =
    language === 'vi'
      ? `${isFirst ? 'Đầu tiên' : 'Sau đó'} nó ${vietnamese.verb[kind]}.`
      : `${isFirst ? 'First' : 'Then'} it ${english.verb[kind]}.`;
  return { topic: 'order', language, question, answer };
};

/** `Which one moves to the left?` of two things that do different things. */
export const askWhichMoves: Ask = (scene, random, language) => {
  const [a, b] = random.shuffle(distinctThings(scene));
  if (a === undefined || b === undefined) return undefined;
  const [kind] = storyOf(a);
  if (kind === undefined || storyOf(b).includes(kind)) return undefined;
  const question =
    language === 'en'
      ? random.pick([
          `Which one ${english.verb[kind]}?`,
          `Which of the two is ${english.participle[kind]}?`,
          `What ${english.verb[kind]}?`,
        ])
      : random.pick([`Thứ nào ${vietnamese.verb[kind]}?`, `Cái nào ${vietnamese.verb[kind]}?`]);
  return { topic: 'which', language, question, answer: `${capitalised(theNoun(scene, a, language))}.` };
};

export const askPlace: Ask = (scene, random, language) => {
  const [a, b] = random.shuffle(distinctThings(scene));
  if (a === undefined || b === undefined) return undefined;
  const answer = placeSentence(scene, a, b, language);
  if (answer === undefined) return undefined;
  const thing = theNoun(scene, a, language);
  const question =
    language === 'vi'
      ? `${capitalised(thing)} ở đâu?`
      : `Where ${isPlural(scene, a) ? 'are' : 'is'} ${thing}?`;
  return { topic: 'place', language, question, answer };
};

/** `Is it going left or right?`: two ways, one of them true. */
export const askEither: Ask = (scene, random, language) => {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || isPlural(scene, only)) return undefined;
  const story = storyOf(only);
  const [kind] = story;
  if (kind === undefined || story.length > 1) return undefined;
  const wrong = random.pick(eventKinds.filter((one) => one !== kind && isMove(one) === isMove(kind)));
  const [a, b] = random.shuffle([kind, wrong]);
  if (a === undefined || b === undefined) return undefined;
  const question =
    language === 'en'
      ? `Is it ${english.participle[a]} or ${english.participle[b]}?`
      : `Nó ${vietnamese.verb[a]} hay ${vietnamese.verb[b]}?`;
  return { topic: 'motion', language, question, answer: whatItDoes(scene, only, language) };
};

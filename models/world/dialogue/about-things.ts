import type { Random } from '../random.ts';
import type { Language } from '../scenes/captions.ts';
import * as english from '../scenes/english.ts';
import type { Scene } from '../scenes/scene.ts';
import { countOf, distinctThings, isKnown } from '../scenes/truth.ts';
import * as vietnamese from '../scenes/vietnamese.ts';
import { vietnameseColour } from '../things/colours.ts';
import { vietnameseGroup } from '../things/groups.ts';
import type { Exchange } from './exchange.ts';
import { capitalised, description, isPlural, named, noWord, theNoun, whatIsShown } from './sentences.ts';

type Ask = (scene: Scene, random: Random, language: Language) => Exchange | undefined;

const what: Record<Language, readonly string[]> = {
  en: [
    'What is it?',
    'What is in the video?',
    "What's in this video?",
    'What do you see?',
    'What is this?',
    'What is that?',
    'What does the video show?',
    'Which thing do you see?',
    'What can you see here?',
    'Name the object.',
    'What is shown?',
    'What thing is it?',
    'Tell me what you see.',
    'What is the main thing?',
    'What is in the picture?',
    'What objects are there?',
  ],
  vi: [
    'Đó là gì?',
    'Có gì trong video?',
    'Bạn thấy gì?',
    'Đây là gì?',
    'Video này có gì?',
    'Trong hình có gì?',
    'Nó là cái gì?',
  ],
};

export const askWhat: Ask = (scene, random, language) => ({
  topic: 'what',
  language,
  question: random.pick(what[language]),
  answer: whatIsShown(scene, language),
});

const describe: Record<Language, readonly string[]> = {
  en: [
    'Describe the video.',
    'What is happening in the video?',
    'What happens?',
    'Describe what you see.',
    'Caption this video.',
    'What is going on?',
    'Tell me about the video.',
    'Describe it in one sentence.',
    'Can you describe the clip?',
    'Tell me everything.',
    'Give me a description.',
    'What is happening?',
    'Summarise the video.',
  ],
  vi: [
    'Mô tả video.',
    'Chuyện gì xảy ra trong video?',
    'Hãy mô tả những gì bạn thấy.',
    'Điều gì đang xảy ra?',
    'Kể về video này.',
  ],
};

export const askDescription: Ask = (scene, random, language) => ({
  topic: 'description',
  language,
  question: random.pick(describe[language]),
  answer: description(scene, language),
});

const group: Record<Language, readonly string[]> = {
  en: [
    'What kind of thing is it?',
    'Which group does it belong to?',
    'What sort of thing is that?',
    'What type of object is it?',
    'Which category is it?',
  ],
  vi: ['Nó thuộc loại nào?', 'Đó là loại gì?', 'Nó thuộc nhóm nào?'],
};

export const askGroup: Ask = (scene, random, language) => {
  const shown = random.pick(distinctThings(scene));
  const question = random.pick(group[language]);
  if (distinctThings(scene).length > 1) return undefined;
  if (!isKnown(shown)) return { topic: 'group', language, question, answer: noWord[language] };
  const { thing } = shown;
  const answer =
    language === 'vi'
      ? `${capitalised(thing.vietnamese)} thuộc nhóm ${vietnameseGroup[thing.group]}.`
      : `${capitalised(english.aThing(thing))} is ${isMany(thing.group) ? '' : 'a kind of '}${thing.group}.`;
  return { topic: 'group', language, question, answer };
};

function isMany(name: string): boolean {
  return name === 'clothing' || name === 'food' || name === 'fruit';
}

const colour: Record<Language, readonly string[]> = {
  en: [
    'What colour is it?',
    'Which colour is it?',
    'What color is it?',
    'What is its colour?',
    'Which colour does it have?',
    'Tell me the colour.',
    'And its colour?',
    'and what colour?',
    'What is the color of it?',
    'colour?',
  ],
  vi: ['Nó màu gì?', 'Nó có màu gì?', 'Màu của nó là gì?', 'Còn màu của nó?', 'Màu gì vậy?'],
};

export const askColour: Ask = (scene, random, language) => {
  const shown = random.pick(distinctThings(scene));
  const several = distinctThings(scene).length > 1;
  const thing = theNoun(scene, shown, language);
  if (several && !isKnown(shown)) return undefined;
  const question = !several
    ? random.pick(colour[language])
    : language === 'en'
      ? random.pick([
          `What colour ${isPlural(scene, shown) ? 'are' : 'is'} ${thing}?`,
          `Which colour does ${thing} have?`,
        ])
      : `${capitalised(thing)} màu gì?`;
  const subject = language === 'vi' ? 'Nó' : isPlural(scene, shown) ? 'They are' : 'It is';
  if (!isKnown(shown) || shown.colour === undefined) {
    const answer =
      language === 'en'
        ? 'It has no one colour that I could name.'
        : 'Nó không có một màu nào mà tôi gọi tên được.';
    return { topic: 'colour', language, question, answer };
  }
  const answer =
    language === 'vi' ? `${subject} ${vietnameseColour[shown.colour]}.` : `${subject} ${shown.colour}.`;
  return { topic: 'colour', language, question, answer };
};

export const askCount: Ask = (scene, random, language) => {
  const shown = random.pick(distinctThings(scene));
  if (isKnown(shown) && shown.thing.form !== 'count') return undefined;
  const count = countOf(scene, shown.thing.id);
  const all = scene.things.length;
  if (isKnown(shown) && random.chance(0.5)) {
    const { thing } = shown;
    const question =
      language === 'en'
        ? random.pick([
            `How many ${english.pluralOf(thing.id)} are there?`,
            `How many ${english.pluralOf(thing.id)} do you see?`,
          ])
        : random.pick([`Có bao nhiêu ${thing.vietnamese}?`, `Có mấy ${thing.vietnamese}?`]);
    const noun = language === 'en' ? english.several(count, thing) : vietnamese.several(count, thing);
    const single = language === 'en' ? `one ${thing.id}` : noun;
    const answer =
      language === 'vi' ? `Có ${noun}.` : count > 1 ? `There are ${noun}.` : `There is ${single}.`;
    return { topic: 'count', language, question, answer };
  }
  const question = random.pick(howMany[language]);
  const words =
    language === 'en'
      ? ['no', 'one thing', 'two things', 'three things']
      : ['không', 'một thứ', 'hai thứ', 'ba thứ'];
  const noun = words[all] ?? `${all}`;
  const answer = language === 'vi' ? `Có ${noun}.` : all > 1 ? `There are ${noun}.` : `There is ${noun}.`;
  return { topic: 'count', language, question, answer };
};

const howMany: Record<Language, readonly string[]> = {
  en: [
    'How many things are there?',
    'How many are there?',
    'How many objects do you see?',
    'Count the things.',
    'how many?',
  ],
  vi: ['Có bao nhiêu thứ?', 'Có mấy thứ trong video?', 'Bao nhiêu vật?'],
};

/** `Which one is a fruit?` of two things of different groups. */
export const askWhichGroup: Ask = (scene, random, language) => {
  const [a, b] = random.shuffle(distinctThings(scene));
  if (a === undefined || b === undefined || !isKnown(a) || !isKnown(b)) return undefined;
  if (a.thing.group === b.thing.group) return undefined;
  const { group: kind } = a.thing;
  const question =
    language === 'en'
      ? random.pick([
          `Which one is ${english.withArticle(kind)}?`,
          `Which of the two is ${english.withArticle(kind)}?`,
        ])
      : `Thứ nào là ${vietnameseGroup[kind]}?`;
  const noun = theNoun(scene, a, language);
  return {
    topic: 'which',
    language,
    question,
    answer: `${capitalised(language === 'en' ? noun : named(scene, a, language))}.`,
  };
};

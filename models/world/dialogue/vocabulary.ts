import { splitPieces } from '#models/package/split-pieces.ts';
import { randomFrom } from '../random.ts';
import { languages } from '../scenes/captions.ts';
import { drawPicture } from '../scenes/draw-scene.ts';
import { sceneWords } from '../scenes/vocabulary.ts';
import { allQuestions } from './questions.ts';
import { drawCorrection, drawDoubt, noVideo, smallTalk } from './small-talk.ts';

const draws = 3000;

/** All words of the demo's vocabulary: those of scenes first, whose order trained weights know, then those of conversations. */
export function conversationWords(): string[] {
  const words = new Set(sceneWords());
  const note = (text: string): void => {
    for (const piece of splitPieces(text)) words.add(piece);
  };
  // a question may come in lower case, or first after the template's words
  const noteAll = (text: string): void => {
    for (const form of [text, ` ${text}`, text.toLowerCase(), ` ${text.toLowerCase()}`]) note(form);
  };
  for (const { questions, answer } of smallTalk) for (const text of [...questions, answer]) noteAll(text);
  for (const text of Object.values(noVideo)) noteAll(text);
  const random = randomFrom('conversation vocabulary');
  for (let draw = 0; draw < draws; draw++) {
    const scene = drawPicture(random);
    for (const language of languages) {
      for (const exchange of allQuestions(scene, random, language)) {
        for (const text of [exchange.question, exchange.answer]) noteAll(text);
        if (draw > 100) continue;
        const doubt = drawDoubt(random, exchange);
        const correction = drawCorrection(random, exchange, 'x', 'y');
        for (const text of [doubt.question, doubt.answer, correction.question, correction.answer])
          noteAll(text);
      }
    }
  }
  for (const text of otherTexts) noteAll(text);
  return [...words];
}

/** The words of the conversation template, and of conversations about two clips. */
const otherTexts = [
  'Question: Answer:',
  'The first.',
  'The second.',
  'First: it',
  'Second: it',
  'In the first video, in the second clip, in the one:',
  'Which video shows? In which one is there? What do the two videos show? What is in each video? Compare the two videos.',
  'Video thứ nhất. Video thứ hai. Thứ nhất: đó Thứ hai: đó',
  'Video nào có? Hai video có gì? Trong video thứ nhất,',
];

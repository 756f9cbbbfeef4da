import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { captionFor, captionVariants } from '#models/world/captions.ts';
import { colourNames } from '#models/world/colours.ts';
import { drawPicture, splitRandom } from '#models/world/dataset.ts';
import { judgeAnswer } from '#models/world/judge.ts';
import { kinds } from '#models/world/objects.ts';
import { canonicalQuestions, questionsFor } from '#models/world/questions.ts';
import { motions } from '#models/world/scene.ts';
import { splitPieces } from '#models/package/split-pieces.ts';
import { worldWords } from '#models/world/vocabulary.ts';

const ball = { kind: 'ball', colour: 'red', motion: 'right' } as const;
const kindNames: readonly string[] = kinds;
const colours: readonly string[] = colourNames;
const motionNames: readonly string[] = motions;
const umbrella = { kind: 'umbrella', colour: 'orange', motion: 'still' } as const;

describe('captions', () => {
  it('are one sentence a scene, with its paraphrases', () => {
    assert.equal(captionFor(ball), 'a red ball moving right');
    assert.equal(captionFor(umbrella), 'an orange umbrella standing still');
    for (const facts of [ball, umbrella]) {
      const variants = captionVariants(facts);
      assert.equal(variants[0], captionFor(facts));
      assert.equal(new Set(variants).size, variants.length);
      assert.ok(variants.every((text) => text.includes(`${facts.colour} ${facts.kind}`)));
    }
  });
});

describe('questions', () => {
  it('have canonical words and answers for an evaluation', () => {
    assert.deepEqual(canonicalQuestions(ball), [
      { type: 'object', question: 'What is in the video?', answer: 'It is a ball.' },
      { type: 'colour', question: 'What colour is it?', answer: 'It is red.' },
      { type: 'motion', question: 'Which way does it move?', answer: 'It moves to the right.' },
    ]);
    assert.equal(canonicalQuestions(umbrella)[2]?.answer, 'It stands still.');
  });

  it('never contradict the scene: answers to yes or no say yes exactly when the claim is true', () => {
    const random = splitRandom('train', 1);
    let yes = 0;
    for (let draw = 0; draw < 2000; draw++) {
      const facts = drawPicture(random);
      const { question, answer } = questionsFor(facts, random).at(-1)!;
      const says = answer.startsWith('Yes, ');
      if (says) yes += 1;
      const [asked, said] = [lettersOf(question), lettersOf(answer)];
      const kind = asked.find((word) => kindNames.includes(word));
      if (said.includes(facts.kind)) assert.equal(says, kind === facts.kind, question);
      else if (kind !== undefined) assert.equal(kind, facts.kind, question);
      const colour = asked.find((word) => colours.includes(word));
      if (colour !== undefined) assert.equal(says, colour === facts.colour, question);
      const motion = asked.find((word) => motionNames.includes(word));
      if (motion !== undefined) assert.equal(says, motion === facts.motion, question);
    }
    assert.ok(Math.abs(yes / 2000 - 0.5) < 0.05, `${yes} of 2000 are yes`);
  });

  it('leave no blank open and are answered by the facts', () => {
    const random = splitRandom('train', 2);
    for (let draw = 0; draw < 500; draw++) {
      const facts = drawPicture(random);
      for (const { question, answer, type } of questionsFor(facts, random)) {
        assert.doesNotMatch(question + answer, /[{}]|undefined/);
        assert.match(answer, /^[A-Z].*\.$/);
        if (type === 'describe') assert.ok(answer.includes(`${facts.colour} ${facts.kind}`));
      }
    }
  });
});

describe('the vocabulary', () => {
  const words = new Set(worldWords());

  it('holds every piece of every caption, question and answer, after a space or first', () => {
    const random = splitRandom('test', 1);
    for (let draw = 0; draw < 3000; draw++) {
      const facts = drawPicture(random);
      const texts = [
        ...captionVariants(facts),
        ...questionsFor(facts, random).flatMap(({ question, answer }) => [question, answer]),
        ...canonicalQuestions(facts).flatMap(({ question, answer }) => [question, answer]),
      ];
      for (const text of texts) {
        for (const piece of [...splitPieces(text), ...splitPieces(` ${text}`)]) {
          assert.ok(words.has(piece), `"${piece}" of "${text}"`);
        }
      }
    }
  });

  it('splits as the llama3 pre-tokenizer does and loses nothing', () => {
    assert.deepEqual(splitPieces("What's in 12345 videos? ok!\n"), [
      'What',
      "'s",
      ' in',
      ' ',
      '123',
      '45',
      ' videos',
      '?',
      ' ok',
      '!\n',
    ]);
    for (const text of ['', ' a  b ', 'été 的 😀\r\n\t', '"It\'LL"'])
      assert.equal(splitPieces(text).join(''), text);
  });

  it('is small', () => {
    assert.ok(words.size > 400 && words.size < 2000, `${words.size} words`);
  });
});

describe('the judge', () => {
  const [object, colour, motion] = canonicalQuestions(ball);

  it('takes the right word in any sentence', () => {
    assert.ok(judgeAnswer(object!, 'A ball, I think'));
    assert.ok(judgeAnswer(object!, 'It is a red ball that moves.'));
    assert.ok(judgeAnswer(colour!, 'RED'));
    assert.ok(judgeAnswer(motion!, 'It moves to the right.'));
  });

  it('refuses a wrong word, a hedge and silence', () => {
    assert.ok(!judgeAnswer(object!, 'It is a car.'));
    assert.ok(!judgeAnswer(object!, 'It is a ball or a car.'));
    assert.ok(!judgeAnswer(object!, 'It is a football.'));
    assert.ok(!judgeAnswer(colour!, ''));
    assert.ok(!judgeAnswer(motion!, 'It stands still.'));
    assert.ok(!judgeAnswer(motion!, 'It moves to the right, then left.'));
  });

  it('wants the whole of a description, and the yes or no of a claim', () => {
    const described = { type: 'describe', answer: 'A red ball moves to the right.' } as const;
    assert.ok(judgeAnswer(described, 'a red ball moving right'));
    assert.ok(!judgeAnswer(described, 'A red ball moves up.'));
    const denied = { type: 'yesno', answer: 'No, it is a ball.' } as const;
    assert.ok(judgeAnswer(denied, 'No, it is a ball.'));
    assert.ok(!judgeAnswer(denied, 'Yes, it is a ball.'));
  });
});

function lettersOf(sentence: string): string[] {
  return sentence.toLowerCase().match(/\p{L}+/gu) ?? [];
}

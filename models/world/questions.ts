import { doing, type Facts, thing, withArticle } from './captions.ts';
import { colourNames } from './colours.ts';
import { kinds } from './objects.ts';
import {
  blanks,
  claimQuestions,
  colourQuestions,
  describeQuestions,
  fillBlanks,
  motionQuestions,
  objectQuestions,
} from './question-templates.ts';
import type { Random } from './random.ts';

export type QuestionType = 'object' | 'colour' | 'motion' | 'describe' | 'yesno';

export interface QuestionAnswer {
  readonly type: QuestionType;
  readonly question: string;
  readonly answer: string;
}

/** The three questions an evaluation asks, always in these words. */
export function canonicalQuestions(facts: Facts): QuestionAnswer[] {
  return [
    { type: 'object', question: 'What is in the video?', answer: answers.object(facts) },
    { type: 'colour', question: 'What colour is it?', answer: answers.colour(facts) },
    { type: 'motion', question: 'Which way does it move?', answer: answers.motion(facts) },
  ];
}

/** One question of each type in random words, as a person might type them: any spelling, case and end. */
export function questionsFor(facts: Facts, random: Random): QuestionAnswer[] {
  const ask = (templates: readonly string[], claimed: Facts = facts): string =>
    typedCasually(fillIn(random.pick(templates), facts, claimed, random), random);
  return [
    { type: 'object', question: ask(objectQuestions), answer: answers.object(facts) },
    { type: 'colour', question: ask(colourQuestions), answer: answers.colour(facts) },
    { type: 'motion', question: ask(motionQuestions), answer: answers.motion(facts) },
    { type: 'describe', question: ask(describeQuestions), answer: answers.describe(facts) },
    yesNoQuestion(facts, random, ask),
  ];
}

/** An answer always has the same words for the same facts: what varies is how one asks. */
const answers = {
  object: ({ kind }: Facts) => `It is ${withArticle(kind)}.`,
  colour: ({ colour }: Facts) => `It is ${colour}.`,
  motion: (facts: Facts) => `It ${doing(facts)}.`,
  describe: (facts: Facts) => `${capitalised(thing(facts))} ${doing(facts)}.`,
};

/** All answers a scene can get, to any question of `questionsFor`. */
export function answersFor(facts: Facts): string[] {
  const plain = Object.values(answers).map((answer) => answer(facts));
  return [...plain, ...plain.flatMap((fact) => [replyTo(true, fact), replyTo(false, fact)])];
}

function replyTo(agrees: boolean, fact: string): string {
  return `${agrees ? 'Yes' : 'No'}, ${fact.charAt(0).toLowerCase()}${fact.slice(1)}`;
}

/** A claim that is true or false with equal chance; the answer names the fact either way. */
function yesNoQuestion(
  facts: Facts,
  random: Random,
  ask: (templates: readonly string[], claimed: Facts) => string,
): QuestionAnswer {
  const agrees = random.chance(0.5);
  const other = <T>(all: readonly T[], actual: T): T => random.pick(all.filter((one) => one !== actual));
  const topic = random.pick(['object', 'colour', 'motion'] as const);
  const reveal = replyTo(agrees, answers[topic](facts));
  if (topic === 'object') {
    const claimed = agrees ? facts : { ...facts, kind: other(kinds, facts.kind) };
    return { type: 'yesno', question: ask(claimQuestions.object, claimed), answer: reveal };
  }
  if (topic === 'colour') {
    const claimed = agrees ? facts : { ...facts, colour: other(colourNames, facts.colour) };
    return { type: 'yesno', question: ask(claimQuestions.colour, claimed), answer: reveal };
  }
  const still = facts.motion === 'still';
  if (still && agrees) return { type: 'yesno', question: ask(claimQuestions.still, facts), answer: reveal };
  // The claim that it moves (true or false) half of the time by name of the way, half of the time without.
  if (random.chance(0.5)) {
    const motion = agrees ? facts.motion : other(blanks.way, facts.motion);
    return { type: 'yesno', question: ask(claimQuestions.way, { ...facts, motion }), answer: reveal };
  }
  const templates = agrees || still ? claimQuestions.moving : claimQuestions.still;
  return { type: 'yesno', question: ask(templates, facts), answer: reveal };
}

/** `{kind}` names the object that is there; what is claimed of it stands in `{aKind}`, `{colour}` and `{way}`. */
function fillIn(template: string, facts: Facts, claimed: Facts, random: Random): string {
  return fillBlanks(template, (blank) => {
    switch (blank) {
      case 'medium':
      case 'spelling':
        return random.pick<string>(blanks[blank]);
      case 'kind':
        return facts.kind;
      case 'aKind':
        return withArticle(claimed.kind);
      case 'colour':
        return claimed.colour;
      case 'way':
        return claimed.motion;
    }
  });
}

/** Half of the questions as they stand; the others in lower case, or without their last mark, or both. */
function typedCasually(question: string, random: Random): string {
  const lower = random.chance(0.3) ? question.charAt(0).toLowerCase() + question.slice(1) : question;
  return random.chance(0.3) ? lower.slice(0, -1) : lower;
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

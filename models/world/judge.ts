import { colourNames } from './colours.ts';
import { kinds } from './objects.ts';
import type { QuestionAnswer } from './questions.ts';
import { motions } from './scene.ts';

/** Words that exclude one another: an answer that names two of a class says nothing. */
const classes: readonly ReadonlySet<string>[] = [
  new Set(kinds),
  new Set(colourNames),
  new Set(motions),
  new Set(['yes', 'no']),
];

/**
 * Whether what was said is right: of each class of words the true answer uses, it uses the same word and no other.
 * Everything else in the sentence is free.
 */
export function judgeAnswer(truth: Pick<QuestionAnswer, 'type' | 'answer'>, said: string): boolean {
  return classes.every((words) => {
    const wanted = wordsOf(truth.answer, words);
    return wanted === '' || wordsOf(said, words) === wanted;
  });
}

/** The distinct words of a class in a sentence, sorted, as one string. */
function wordsOf(sentence: string, words: ReadonlySet<string>): string {
  const found = (sentence.toLowerCase().match(/\p{L}+/gu) ?? []).filter((word) => words.has(word));
  return [...new Set(found)].sort().join(' ');
}

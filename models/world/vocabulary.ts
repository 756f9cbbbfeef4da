import { splitPieces } from '#models/package/split-pieces.ts';
import { captionVariants, type Facts } from './captions.ts';
import { colourNames } from './colours.ts';
import { kinds } from './objects.ts';
import { allTemplates, type Blank, blanks, fillBlanks } from './question-templates.ts';
import { answersFor } from './questions.ts';
import { motions } from './scene.ts';

/**
 * Every piece a caption, question or answer of the world can contain, and common words people type, sorted. A word has
 * its leading space in it, and stands here without one too: it may come first.
 */
export function worldWords(): string[] {
  const texts = [...captionTexts(), ...questionTexts(), ...marks];
  const words = new Set(texts.flatMap((text) => [...splitPieces(text), ...splitPieces(` ${text}`)]));
  for (const word of commonWords.split(/\s+/)) {
    for (const form of [word, word.charAt(0).toUpperCase() + word.slice(1)]) {
      for (const text of [form, ` ${form}`]) for (const piece of splitPieces(text)) words.add(piece);
    }
  }
  return [...words].sort();
}

function captionTexts(): string[] {
  const all: Facts[] = kinds.flatMap((kind) =>
    colourNames.flatMap((colour) => motions.map((motion) => ({ kind, colour, motion }))),
  );
  return all.flatMap((facts) => [...captionVariants(facts), ...answersFor(facts)]);
}

/** Each template once with every word its blanks can hold, as written and in lower case. */
function questionTexts(): string[] {
  const rounds = Math.max(...Object.values(blanks).map((values) => values.length));
  const wordOf = (blank: Blank, round: number): string => {
    const values = blanks[blank];
    return values[round % values.length] ?? '';
  };
  return allTemplates.flatMap((template) =>
    Array.from({ length: rounds }, (_, round) =>
      fillBlanks(template, (blank) => wordOf(blank, round)),
    ).flatMap((question) => [question, question.charAt(0).toLowerCase() + question.slice(1)]),
  );
}

const marks = ['.', ',', '?', '!', ':', ';', '-', '"', '(', ')', '...', '??', '!!', "'", '\n'];

/** Words of ordinary talk, so that a question the world never asks still reads as words and not as bytes. */
const commonWords = `
  i you he she it we they me him her us them my your his our their this that these those here there
  a an the and or but not no yes if so because then than too also very just only again now ok okay
  of in on at to from with without for by about into over under behind near between before after while
  is are was were be been am do does did done has have had can could will would should may might must
  what which who whom whose where when why how many much one two three four five first second last
  see look show tell say give know think mean want like need help make get find try read write speak talk
  hello hi hey please thanks thank sorry good great nice bad right wrong true false sure maybe really
  isn't don't doesn't can't what's it's i'm you're i'll let's that's
  person people man woman child dog cat animal food water sky background colour color colours colors size big small
  large little fast slow new old same other different more less most any anything something nothing everything
  object objects thing things shape picture pictures image images video videos clip clips frame frames movie scene
  move moves moving moved go goes going stand stands standing stay stays still stop start begin end
  direction way side top bottom middle centre center left right up down upwards downwards
  sentence word words short long answer question describe caption
`.trim();

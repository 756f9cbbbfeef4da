import { withArticle } from './captions.ts';
import { colourNames } from './colours.ts';
import { kinds } from './objects.ts';

/** Blanks in a question, and all that can stand in them. */
export const blanks = {
  /** Every one of them is asked about pictures in training, so that the chatbot takes the word "video" in its stride. */
  medium: ['picture', 'image', 'video', 'clip'],
  /** The word "colour" in both spellings. */
  spelling: ['colour', 'color'],
  kind: kinds,
  aKind: kinds.map(withArticle),
  colour: colourNames,
  way: ['left', 'right', 'up', 'down'],
} as const;
export type Blank = keyof typeof blanks;

export const objectQuestions = [
  'What is in the {medium}?',
  "What's in the {medium}?",
  'What is this?',
  "What's this?",
  'What is it?',
  'What is that?',
  'What object is it?',
  'What object do you see?',
  'Which object is in the {medium}?',
  'Which object can you see in this {medium}?',
  'What kind of object is this?',
  'What kind of thing is in the {medium}?',
  'What is the {colour} thing?',
  'What is the {colour} object in the {medium}?',
  'What is the object in the {medium}?',
  'What is shown in the {medium}?',
  'What is there in the {medium}?',
  'What thing is this?',
  'Name the object.',
  'Name the object in the {medium}.',
  'Tell me what is in the {medium}.',
  'Tell me what it is.',
  'Can you tell me what this is?',
] as const;

export const colourQuestions = [
  'What {spelling} is it?',
  'What {spelling} is the {kind}?',
  'What {spelling} is this?',
  'What {spelling} is that {kind}?',
  'What {spelling} is the object?',
  'What {spelling} is the object in the {medium}?',
  'What {spelling} is the thing in the {medium}?',
  'What {spelling} is the {kind} in the {medium}?',
  'What {spelling} does it have?',
  'Which {spelling} is it?',
  'Which {spelling} is the {kind}?',
  'Which {spelling} does the {kind} have?',
  'What is the {spelling} of the {kind}?',
  'What is its {spelling}?',
  "What's the {spelling} of the object?",
  "What's its {spelling}?",
  'Tell me the {spelling}.',
  'Tell me the {spelling} of the {kind}.',
  'Tell me what {spelling} it is.',
  'Can you tell me the {spelling}?',
  'And the {spelling}?',
] as const;

export const motionQuestions = [
  'Which way does it move?',
  'Which way does the {kind} move?',
  'Which way is it moving?',
  'Which way is it going?',
  'Which way does the object go?',
  'Which way is the {kind} moving in the {medium}?',
  'Where is it going?',
  'Where is the {kind} going?',
  'Where does it go?',
  'Where does the {kind} move?',
  'Where does it move in the {medium}?',
  'How does it move?',
  'How does the {kind} move?',
  'How is the object moving in the {medium}?',
  'What is it doing?',
  'What is the {kind} doing?',
  'What does it do?',
  'In which direction does it move?',
  'In which direction is the {kind} moving?',
  'In what direction does the {kind} go?',
  'What direction does it move in?',
  'What direction is it going?',
  'Which direction is it moving?',
  'Which direction does the {kind} go in the {medium}?',
  'What is the direction of the {kind}?',
  'What is the motion in the {medium}?',
  'Tell me where it is going.',
  'Tell me which way it moves.',
  'And where does it go?',
  'Can you tell me which way it moves?',
] as const;

export const describeQuestions = [
  'Describe the {medium}.',
  'Describe this {medium}.',
  'Describe it.',
  'Describe what you see.',
  'Describe what happens in the {medium}.',
  'Please describe the {medium}.',
  'Can you describe the {medium}?',
  'What happens?',
  'What happens in the {medium}?',
  'What is happening?',
  'What is happening in the {medium}?',
  "What's happening?",
  "What's happening in this {medium}?",
  'What is going on?',
  'What is going on in the {medium}?',
  "What's going on?",
  'What do you see?',
  'What do you see in the {medium}?',
  'What can you see?',
  'What can you see in this {medium}?',
  'What does the {medium} show?',
  'What is this {medium} about?',
  'What is the {medium} about?',
  'Tell me about the {medium}.',
  'Tell me what you see.',
  'Tell me what happens.',
  'Write a caption for the {medium}.',
  'Give a caption for this {medium}.',
  'Give a short description of the {medium}.',
  'Say what you see in the {medium}.',
  'Explain what happens in the {medium}.',
  'Summarize the {medium}.',
  'Summarise the {medium}.',
] as const;

/** Questions answered by yes or no, by the claim they make. */
export const claimQuestions = {
  object: [
    'Is it {aKind}?',
    'Is this {aKind}?',
    'Is that {aKind}?',
    'Is the object {aKind}?',
    'Is there {aKind}?',
    'Is there {aKind} in the {medium}?',
    'Do you see {aKind}?',
    'Can you see {aKind} in the {medium}?',
    'Does the {medium} show {aKind}?',
  ],
  colour: [
    'Is it {colour}?',
    'Is this {colour}?',
    'Is the {kind} {colour}?',
    'Is the object {colour}?',
    'Is the {kind} in the {medium} {colour}?',
    'Is the {spelling} {colour}?',
  ],
  way: [
    'Does it move {way}?',
    'Does it go {way}?',
    'Is it moving {way}?',
    'Is it going {way}?',
    'Does the {kind} move {way}?',
    'Is the {kind} moving {way}?',
    'Is the object going {way} in the {medium}?',
  ],
  moving: [
    'Is it moving?',
    'Does it move?',
    'Is the {kind} moving?',
    'Does the {kind} move in the {medium}?',
    'Is the object moving?',
    'Is anything moving?',
    'Does anything move in the {medium}?',
  ],
  still: [
    'Is it still?',
    'Is it standing still?',
    'Does it stand still?',
    'Is the {kind} standing still?',
    'Does the object stand still in the {medium}?',
  ],
} as const;

export const allTemplates: readonly string[] = [
  ...objectQuestions,
  ...colourQuestions,
  ...motionQuestions,
  ...describeQuestions,
  ...Object.values(claimQuestions).flat(),
];

/** The template with each blank filled by what `choose` gives for it. */
export function fillBlanks(template: string, choose: (blank: Blank) => string): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (!isBlank(name)) throw new RangeError(`unknown blank {${name}} in "${template}"`);
    return choose(name);
  });
}

function isBlank(name: string): name is Blank {
  return Object.hasOwn(blanks, name);
}

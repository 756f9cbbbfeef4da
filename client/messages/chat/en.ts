import { plural } from '../plural.ts';

const n = plural('en');

/** The clips of the conversation, and what the assistant sees of them. */
export const clip = {
  title: 'Clip',
  one: 'The clip',
  several: 'Clips of this conversation',
  unplayable: 'This browser cannot play this format. These are its frames as the assistant gets them.',
  picture: 'A picture: it has one frame, so nothing in it can move.',
  missing: (names: string) => `Not on this server: ${names}`,
  frames: 'The frames the assistant saw',
  frame: (index: number) => `Frame ${index}`,
  goTo: (time: string) => `Go to ${time}`,
  seen: (frames: number, tokens: number) =>
    `${n(frames, { one: '# frame', other: '# frames' })}, ${tokens} tokens`,
  crop: 'The assistant sees the bright square. The rest is cut off.',
  pad: 'The assistant sees the whole picture, with bars that make it square.',
  squash: 'The assistant sees the whole picture, pressed into a square.',
  add: 'Add a clip to the conversation',
  takeOut: (name: string) => `Take out ${name}`,
  include: (label: string, name: string) => `Ask about clip ${label}: ${name}`,
  includes: 'The next question brings',
  label: (label: string) => `Clip ${label}`,
  duplicate: (file: string, clip: string) =>
    `"${file}" is the same clip as "${clip}", so it is not added again.`,
  cancelUpload: (name: string) => `Cancel the upload of ${name}`,
  subtitles: 'Show a subtitle file',
  stepBack: 'A frame back',
  stepForward: 'A frame forward',
  speed: 'Speed',
  details: 'Details',
};

/** How a question reads the clip. */
export const mode = {
  title: 'How the next question reads the clip',
  stan: 'With motion',
  stanHint: 'The video branch compares the frames with each other.',
  plain: 'Plain frames',
  plainHint: 'For comparison: the frames are averaged, without the video branch.',
};

/** The questions and answers, and what can be done with them. */
export const chat = {
  title: 'Conversation',
  log: 'Questions and answers',
  clipTab: 'Clip',
  chatTab: 'Chat',
  views: 'What to show',
  yourQuestion: 'Your question',
  placeholder: 'Ask about the clip',
  placeholderWithoutClip: 'Ask anything',
  ask: 'Ask',
  stop: 'Stop',
  latest: 'To the latest',
  nothingAsked: 'Nothing asked yet. Pick a question below, or write your own.',
  withoutClip: 'No clip in this conversation. Ask anything, or add a clip with the plus sign.',
  edit: 'Edit',
  deleteQuestion: 'Delete this question and what follows',
  messageDeleted: 'Question deleted, with what followed it.',
  inOtherWords: 'The question in other words',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  copyCode: 'Copy the code',
  again: 'Another answer',
  sameAgain: 'The same words as another answer: the model is sure of them.',
  continue: 'Continue',
  compare: 'Compare',
  compared: 'The same question in both ways',
  comparedHint: 'Asked alone, without the questions before, so it can differ from the answer above.',
  questionBefore: 'Question before',
  questionAfter: 'Question after',
  answerBefore: 'Answer before',
  answerAfter: 'Answer after',
  cutOff: 'Cut off: the answer reached the maximum length.',
  notSure: 'Not sure: this answer may be wrong.',
  rightAbout: (percent: number) => `Answers like this one are right in about ${percent} % of cases`,
  stopped: 'Stopped.',
  interrupted: 'Interrupted: the server stopped in the middle of it.',
  uncertain: 'The model is not sure of this answer.',
  waitsForClip: 'Waiting for the clip',
  waitsForAnswer: 'Waiting for the answer before',
  waitsForConnection: 'Waiting for the connection',
  waitsForSettings: 'Waiting for valid settings',
  sending: 'Sending',
  takeBack: 'Take back',
  speak: 'Speak the question',
  listening: 'Stop listening',
};

/** Which frames and words matter to an answer. */
export const match = {
  button: 'Which frames',
  about: 'Which frames match the words of the question, by the search encoder, and which words matter',
  words: 'The words, shaded by how much they matter',
  encoder: 'By the search encoder, which is not the model that answered.',
  cut: 'The search encoder reads only these words of the question.',
  frameWeight: 'How much this frame matters to the words',
  showHeat: 'Where it looks',
  heat: 'Where the video branch looks',
  legend: 'Red: much. Clear: little. By the search encoder.',
  looking: 'Comparing the frames …',
};

/** Whether the order of the frames matters to an answer. */
export const order = {
  button: 'Order',
  about: 'Whether the answer depends on the order of the frames',
  title: 'The same question about the frames in another order',
  frames: 'Frames',
  forward: 'as they are',
  reverse: 'backwards',
  shuffle: 'shuffled',
  running: 'Asking six times …',
  verdict: (mode: string, changes: boolean) =>
    changes ? `${mode}: the order changes the answer.` : `${mode}: the order changes nothing.`,
};

const anotherClip = 'Choose another clip.';
const smallerClip = 'Choose a smaller or shorter clip.';
const tryAgain = 'Try again in a moment.';

const stages = {
  queue: 'Waiting for its turn',
  probe: 'Looking at the file',
  sample: 'Picking frames',
  preprocess: 'Preparing the frames',
  encode: 'Watching the clip',
  prefill: 'Reading the question',
};

/** Every word of the page. Another language is another file of this form beside this one, named by its code. */
export const messages = {
  startOver: 'stan-llava, start over',
  newClip: 'New clip',
  keys: 'Keys',
  languageChoice: 'Language',
  theme: {
    system: 'Colours: as the system has them',
    dark: 'Colours: dark',
    light: 'Colours: light',
  },

  title: 'Ask about a video',
  lead: 'Drop a short clip and ask what happens in it. It goes to this server and nowhere else.',
  dropHere: 'Drop a clip here',
  dropAnywhere: 'Drop the clip anywhere',
  chooseFile: 'Choose a file',
  sample: 'No clip at hand? Try the sample',
  /** What the demo model knows; empty where the package's own words, which are English, will do. */
  demoAbout: '',
  demoCommand: 'Get a real one on the server with',

  record: 'Record with the camera',
  recording: {
    title: 'Record a clip',
    preview: 'What the camera sees',
    start: 'Record',
    stop: 'Stop and use it',
    cancel: 'Cancel',
    running: (seconds: number) => `Recording, ${seconds} s`,
  },

  conversations: {
    title: 'Conversations',
    search: 'Search conversations',
    none: 'Nothing asked yet.',
    noneFound: 'Nothing found.',
    rename: (title: string) => `Rename "${title}"`,
    newName: 'New name',
    saveName: 'Save the name',
    delete: (title: string) => `Delete "${title}"`,
    deleteReally: 'Delete it for good?',
    deleteYes: 'Delete',
    deleteNo: 'Keep',
    import: 'Import a conversation',
  },

  clip: {
    title: 'Clip',
    one: 'The clip',
    several: 'Clips of this conversation',
    unplayable: 'This browser cannot play this format. The assistant still can.',
    missing: (names: string) => `Not on this server: ${names}`,
    frames: 'The frames the assistant saw',
    frame: (n: number) => `Frame ${n}`,
    goTo: (time: string) => `Go to ${time}`,
    seen: (frames: number, tokens: number) => `${frames} frames, ${tokens} tokens`,
    add: 'Add a clip to the conversation',
    takeOut: (name: string) => `Take out ${name}`,
  },
  mode: {
    title: 'How the model watches',
    stan: 'With motion',
    stanHint: 'The video branch looks across frames.',
    plain: 'Plain frames',
    plainHint: 'For comparison: frames averaged, no video branch.',
  },
  settings: {
    title: 'Settings',
    system: 'What the assistant is told first',
    systemDefault: 'as the package has it',
    default: 'default',
    temperature: 'Temperature',
    temperatureHint: '0 to 2; 0 says what is likeliest',
    topP: 'Top-p',
    topPHint: 'above 0, up to 1',
    maxTokens: 'Longest answer',
    maxTokensHint: 'in tokens, up to 4096',
    frames: 'Frames',
    framesHint: 'looked at in a clip',
  },
  export: 'Save the conversation as',

  chat: {
    title: 'Conversation',
    log: 'Questions and answers',
    yourQuestion: 'Your question',
    placeholder: 'Ask about the clip',
    ask: 'Ask',
    stop: 'Stop',
    edit: 'Edit',
    inOtherWords: 'The question in other words',
    cancel: 'Cancel',
    copy: 'Copy',
    copied: 'Copied',
    again: 'Another answer',
    continue: 'Continue',
    compare: 'Compare',
    compared: 'The same question in both ways',
    questionBefore: 'Question before',
    questionAfter: 'Question after',
    answerBefore: 'Answer before',
    answerAfter: 'Answer after',
    cutOff: 'Cut off: the answer reached its longest length.',
    stopped: 'Stopped.',
    interrupted: 'Interrupted: the server stopped in the middle of it.',
  },
  match: {
    button: 'Which frames',
    about: 'Which frames match the words of the question, and which words matter',
    words: 'The words, shaded by how much they matter',
    frameWeight: 'How much this frame matters to the words',
    showHeat: 'Where it looks',
    heat: 'Where the video branch looks',
    looking: 'Looking at the frames …',
  },
  order: {
    button: 'Order',
    about: 'Whether the answer follows the order of the frames',
    title: 'The same question about the frames in another order',
    frames: 'Frames',
    forward: 'as they are',
    reverse: 'backwards',
    shuffle: 'shuffled',
    verdict: (mode: string, changes: boolean) =>
      changes ? `${mode}: the order changes the answer.` : `${mode}: the order changes nothing.`,
  },
  find: {
    title: 'Find a clip',
    placeholder: 'Find a clip on this server by words',
    find: 'Find',
    searching: 'Searching …',
    found: (count: number, pending: number) =>
      `${count === 1 ? '1 clip' : `${count} clips`}, the best first${
        pending > 0 ? `; ${pending} more cannot be found yet` : ''
      }`,
  },
  /** Questions worth a try; the demo model is asked in English, the only language it knows. */
  suggestions: ['What happens in the video?', 'Describe it in detail.', 'What moves, and which way?'],

  status: {
    uploading: 'Uploading the clip',
    checking: 'Checking the clip',
    answering: 'Answering',
    ready: 'Ready for your question',
    offline: 'The connection is lost; it is being made again.',
    starting: 'The model is loading; this page goes on when it is ready.',
    answered: (text: string) => `Answer: ${text}`,
  },
  stages,
  queuePlace: (index: number) => `${stages.queue}: place ${index}`,
  uploadPace: (sent: string, total: string, perSecond: string) => `${sent} of ${total}, ${perSecond}/s`,
  firstWord: (seconds: string) => `${seconds} s to the first word`,
  rate: (tokens: number) => `${tokens} tokens/s`,
  tokens: (used: number) => `${used} tokens`,
  tokensOf: (used: number, context: number) => `${used} of ${context} tokens`,

  shortcuts: {
    title: 'Keys',
    close: 'Close',
    list: 'This list',
    write: 'Write a question',
    send: 'Ask; with Shift a new line',
    stop: 'Stop the answer',
    editLast: 'Edit the last question, in an empty field',
    search: 'Search conversations',
    fresh: 'Start over with another clip',
    play: 'Play or pause the clip',
  },

  failure: {
    /** What the server says of a failure is in English and shown as it is. */
    translated: {},
    questionTooLong: (most: number, length: number) =>
      `A question can have ${most} characters at most; this one has ${length}.`,
    unreachable: 'The server cannot be reached.',
    unexpected: 'Something unexpected went wrong on this page.',
    unreadable: 'The server sent a reply this page cannot read.',
    noSample: 'This server has no sample clip.',
    noCamera: 'The camera cannot be used: this page was not allowed to, or there is none.',
    notAConversation: 'This file is no conversation saved by this page.',
    tryAgain,
    /** What to do, by the error's code. */
    advice: {
      bad_video: anotherClip,
      no_video_frames: anotherClip,
      unsupported_media: anotherClip,
      video_too_big: smallerClip,
      too_large: smallerClip,
      too_slow: smallerClip,
      question_too_long: 'Shorten it, then ask.',
      context_full: 'Choose "New clip" to start a fresh conversation.',
      not_found: 'Choose the clip again.',
      unauthorized: 'Reload the page and enter the API key as the password.',
      storage_full: 'Tell whoever runs the server; nothing is lost.',
      no_sample: 'Choose a clip of your own.',
      no_camera: 'Allow it in the browser, or choose a file.',
      not_a_conversation: 'Choose a .json file that "Save the conversation as" made.',
      unreachable: 'Check that the server is running, then try again.',
    },
  },
};

type Wide<T> = T extends string
  ? string
  : T extends (...args: infer Args) => string
    ? (...args: Args) => string
    : T extends readonly string[]
      ? readonly string[]
      : { readonly [Name in keyof T]: Wide<T[Name]> };

/** By error code. */
type ByCode = Readonly<Record<string, string>>;
type English = Wide<typeof messages>;
export type Messages = Omit<English, 'failure'> & {
  readonly failure: Omit<English['failure'], 'advice' | 'translated'> & {
    readonly advice: ByCode;
    readonly translated: ByCode;
  };
};

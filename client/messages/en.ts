import { chat, clip, match, mode, order } from './chat/en.ts';
import { failure } from './failures/en.ts';
import { login } from './login/en.ts';
import { timeline } from './timeline/en.ts';
import { plural } from './plural.ts';

const n = plural('en');

const stages = {
  queue: 'Waiting for its turn',
  probe: 'Reading the file',
  sample: 'Picking frames',
  preprocess: 'Preparing the frames',
  encode: 'Encoding the clip',
  prefill: 'Reading the question',
};

/** Every text of the page. Another language is another file of this form beside this one, named by its code. */
export const messages = {
  startOver: 'stan-llava, start over',
  skip: 'Skip to the content',
  newChat: 'New conversation',
  keys: 'Keys',
  languageChoice: 'Language',
  theme: {
    system: 'Colours: as the system has them',
    dark: 'Colours: dark',
    light: 'Colours: light',
  },

  login,
  title: 'Ask about a video',
  lead: 'Drop a short clip and ask what happens in it. It goes to this server and nowhere else.',
  dropHere: 'Drop clips here',
  dropAnywhere: 'Drop the clips anywhere',
  chooseFile: 'Choose a file',
  withoutClip: 'Ask without a clip',
  pictures: 'or a picture',
  samples: {
    title: 'Or try a sample',
    motion: 'A motion',
    events: 'Two events',
    things: 'Two things',
    long: 'A longer clip',
    still: 'Nothing moves',
    unknown: 'Something it has no word for',
  },
  demo: {
    notice: 'Demo model: it knows only its own drawn clips. About any other clip it guesses.',
    more: 'What it knows',
    hide: 'Hide this notice',
    /** What the demo model knows; empty where the package's own words, which are English, will do. */
    about: '',
    command: 'Get a real model on the server with',
  },

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
    none: 'Your conversations appear here. Drop a clip or try a sample to begin.',
    noneFound: 'Nothing found.',
    rename: (title: string) => `Rename "${title}"`,
    newName: 'New name',
    delete: (title: string) => `Delete "${title}"`,
    pin: (title: string) => `Pin "${title}"`,
    unpin: (title: string) => `Unpin "${title}"`,
    pinned: 'Pinned',
    today: 'Today',
    yesterday: 'Yesterday',
    week: 'The last seven days',
    older: 'Older',
    import: 'Import',
    exportAll: 'Export all',
    selectSome: 'Choose several conversations',
    selected: (count: number) =>
      n(count, { one: '# conversation selected', other: '# conversations selected' }),
    exportSelected: 'Export',
    deleteSelected: 'Delete',
    endSelection: 'Done',
    share: 'Share a link to read it',
    shared: 'Link copied. Everybody with a key of this server may read this conversation.',
    sharedAt: (link: string) => `Everybody with a key of this server may read it at ${link}`,
    stopSharing: 'Stop sharing',
    notShared: 'This conversation is not shared any more.',
    imported: (count: number) =>
      n(count, { one: '# conversation imported.', other: '# conversations imported.' }),
    deleted: (count: number) => n(count, { one: 'Conversation deleted.', other: '# conversations deleted.' }),
    deletedElsewhere: 'This conversation was deleted in another window.',
    undo: 'Undo',
    dismiss: 'Dismiss',
    close: 'Close the list',
  },

  clips: {
    title: 'Clips',
    lead: 'Every clip on this server. Select some to ask about them together.',
    none: 'There are no clips yet. Drop one anywhere on this page.',
    select: (name: string) => `Select ${name}`,
    ask: (count: number) => n(count, { one: 'Ask about it', other: 'Ask about # clips' }),
    delete: 'Delete',
    deleted: (count: number) => n(count, { one: 'Clip deleted.', other: '# clips deleted.' }),
    selected: (count: number) => n(count, { one: '# clip selected', other: '# clips selected' }),
    clear: 'Clear the selection',
    more: 'Show more',
  },

  clip,
  mode,
  settings: {
    title: 'Settings',
    system: 'Instructions for the assistant',
    systemDefault: 'as the model package has them',
    default: 'default',
    temperature: 'Temperature',
    temperatureHint: '0 to 2; 0 always picks the likeliest word',
    topP: 'Top-p',
    topPHint: 'above 0, up to 1',
    maxTokens: 'Longest answer',
    maxTokensHint: '1 to 4096 tokens',
    frames: 'Frames',
    framesHint: (max: number) => `1 to ${max}, taken from each clip`,
    invalid: (names: string) => `Nothing is asked until these settings are mended: ${names}.`,
    reset: 'Reset to the defaults',
    presets: 'Presets',
    presetName: 'Name of the preset',
    keepPreset: 'Save as a preset',
    usePreset: (name: string) => `Use the preset ${name}`,
    removePreset: (name: string) => `Remove the preset ${name}`,
  },
  export: 'Save the conversation as',

  chat,
  match,
  order,
  timeline,
  find: {
    title: 'Find a clip',
    placeholder: 'Find a clip on this server by words',
    find: 'Find',
    searching: 'Searching …',
    found: (count: number, pending: number) =>
      `${n(count, { one: '# clip', other: '# clips' })}, the best first${
        pending > 0 ? `; ${pending} more cannot be found yet` : ''
      }`,
    nothing: (pending: number) =>
      `Nothing matches these words${pending > 0 ? `; ${pending} more clips cannot be found yet` : ''}`,
    score: (score: string) => `Similarity ${score} of at most 1`,
  },
  /** The demo model is asked in English, the only language it knows. */
  suggestions: ['What happens in the video?', 'Describe it in detail.', 'What moves, and which way?'],

  status: {
    uploading: 'Uploading the clip',
    checking: 'Checking the clip',
    answering: 'Answering',
    stopping: 'Stopping',
    ready: 'Ready for your question',
    offline: 'The connection is lost. Reconnecting; questions wait until then.',
    starting: 'The model is loading; this page continues when it is ready.',
    answered: (text: string) => `Answer: ${text}`,
  },
  stages,
  queuePlace: (index: number) => `${stages.queue}: place ${index}`,
  uploadPace: (sent: string, total: string, perSecond: string) => `${sent} of ${total}, ${perSecond}/s`,
  firstWord: (seconds: string) => `${seconds} s to the first word`,
  rate: (tokens: number) => `${tokens} tokens/s`,
  tokens: (used: number) => n(used, { one: '# token', other: '# tokens' }),
  tokensOf: (used: number, context: number) => `${used} of ${context} tokens`,

  shortcuts: {
    title: 'Keys',
    close: 'Close',
    list: 'This list',
    palette: 'Every command, and all conversations',
    send: 'Ask; with Shift a new line',
    stop: 'Stop the answer',
    editLast: 'Edit the last question, in an empty field',
    search: 'Search conversations',
    fresh: 'A new conversation',
  },
  palette: {
    title: 'Commands',
    field: 'Search commands and conversations',
    none: 'Nothing found.',
    write: 'Write a question',
    play: 'Play or pause the clip',
    openConversation: (title: string) => `Open "${title}"`,
  },

  failure,
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

const anotherClip = 'Choose another clip.';
const smallerClip = 'Choose a smaller or shorter clip.';
const tryAgain = 'Try again in a moment.';

/** What went wrong and what to do about it. */
export const failure = {
  /** What the server says of a failure is in English and shown as it is. */
  translated: {},
  wrongKey: 'This key is not known here.',
  questionTooLong: (max: number, length: number) =>
    `A question can have at most ${max} characters; this one has ${length}.`,
  unreachable: 'The server cannot be reached.',
  unexpected: 'Something unexpected went wrong on this page.',
  unreadable: 'The server sent a reply that this page cannot read.',
  noSample: 'This server does not have this sample.',
  noCamera: 'The camera cannot be used: this page was not allowed to, or there is none.',
  notAConversation: 'This file is not a conversation saved by this page.',
  noConversation: 'There is no conversation at this address. It may have been deleted.',
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
    context_full: 'Start a new conversation.',
    not_found: 'Choose the clip again.',
    unauthorized: 'Reload the page and log in.',
    wrong_key: 'Check the key, and ask for another one if it has expired.',
    storage_full: 'Tell the person who runs the server; nothing is lost.',
    no_sample: 'Choose a clip of your own.',
    no_camera: 'Allow it in the browser, or choose a file.',
    not_a_conversation: 'Choose a .json file that was exported here.',
    no_conversation: 'Open another one from the list, or start with a clip.',
    unreachable: 'Check that the server is running, then try again.',
  },
};

import { errorBody } from '../../server/contract.ts';

/** What went wrong, in words for the person at the page, and what they can do about it. */
export interface Failure {
  readonly message: string;
  readonly advice: string;
}

/** A failure on its way to the page. */
export class PageError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'PageError';
    this.code = code;
  }
}

const anotherClip = 'Choose another clip.';
const tryAgain = 'Try again in a moment.';

/** Advice by error code; the server's own line says what happened. */
const advice: Readonly<Record<string, string>> = {
  bad_video: anotherClip,
  no_video_frames: anotherClip,
  unsupported_media: anotherClip,
  video_too_big: 'Choose a smaller or shorter clip.',
  too_large: 'Choose a smaller or shorter clip.',
  too_slow: 'Choose a smaller or shorter clip.',
  question_too_long: 'Shorten it, then ask.',
  context_full: 'Open the clip again to start a fresh conversation.',
  busy: tryAgain,
  not_found: 'Choose the clip again.',
  unauthorized: 'Reload the page and enter the API key as the password.',
  lost: 'Open the clip again to go on.',
  no_sample: 'Choose a clip of your own.',
  unreachable: 'Check that the server is running, then try again.',
};

export function failureOf(code: string, message: string): Failure {
  return { message, advice: advice[code] ?? tryAgain };
}

export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof PageError) return failureOf(thrown.code, thrown.message);
  return failureOf('internal', 'Something unexpected went wrong on this page.');
}

export function unreachable(): PageError {
  return new PageError('unreachable', 'The server cannot be reached.');
}

/** Reads a refused request's body; what is not in the server's form came from something in between. */
export function refusalOf(status: number, body: string): PageError {
  const parsed = errorBody.safeParse(jsonOrNothing(body)).data;
  if (parsed !== undefined) return new PageError(parsed.error.code, parsed.error.message);
  return new PageError('internal', `The server answered with status ${status}.`);
}

export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

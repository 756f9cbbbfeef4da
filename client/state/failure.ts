import { errorBody } from '#contract/rest.ts';
import type { Messages } from '../messages/en.ts';

/** What went wrong: a code of the server's or of this page's, and what the server said of it. */
export interface Failure {
  readonly code: string;
  /** In English; absent for what went wrong on this page. */
  readonly message?: string;
}

/** A failure on its way to the page. */
export class PageError extends Error {
  readonly failure: Failure;

  constructor(code: string, message?: string) {
    super(message ?? code);
    this.name = 'PageError';
    this.failure = { code, ...(message !== undefined && { message }) };
  }
}

export function failureFrom(thrown: unknown): Failure {
  return thrown instanceof PageError ? thrown.failure : { code: 'unexpected' };
}

/** What happened and what to do about it, in words for the person at the page. */
export function wordsOf({ failure }: Messages, { code, message }: Failure): { what: string; todo: string } {
  const own: Readonly<Record<string, string>> = {
    unreachable: failure.unreachable,
    unexpected: failure.unexpected,
    unreadable: failure.unreadable,
    no_camera: failure.noCamera,
    no_sample: failure.noSample,
    not_a_conversation: failure.notAConversation,
  };
  return {
    what: failure.translated[code] ?? message ?? own[code] ?? failure.unexpected,
    todo: failure.advice[code] ?? failure.tryAgain,
  };
}

export function unreachable(): PageError {
  return new PageError('unreachable');
}

/** Reads a refused request's body; what is not in the server's form came from something in between. */
export function refusalOf(status: number, body: string): PageError {
  const parsed = errorBody.safeParse(jsonOrNothing(body)).data;
  if (parsed !== undefined) return new PageError(parsed.error.code, parsed.error.message);
  return new PageError('unexpected_status', `The server answered with status ${status}.`);
}

export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

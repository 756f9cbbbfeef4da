import { ClientError } from '#contract/client-error.ts';
import type { Messages } from '../messages/en.ts';

/** What went wrong: a code of the server's, of its client or of this page, and what is said of it. */
export interface Failure {
  readonly code: string;
  /** In English; absent for failures of the page's own. */
  readonly message?: string;
  /** The file that it is about. */
  readonly about?: string;
}

/** A failure of the page's own. */
export class PageError extends Error {
  readonly failure: Failure;

  constructor(code: string) {
    super(code);
    this.name = 'PageError';
    this.failure = { code };
  }
}

export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof PageError) return thrown.failure;
  return thrown instanceof ClientError
    ? { code: thrown.code, message: thrown.message }
    : { code: 'unexpected' };
}

/** What happened and what to do about it, in words for the person at the page. */
export function wordsOf(
  { failure }: Messages,
  { code, message, about }: Failure,
): { what: string; todo: string } {
  const own: Readonly<Record<string, string>> = {
    unreachable: failure.unreachable,
    unexpected: failure.unexpected,
    unreadable: failure.unreadable,
    wrong_key: failure.wrongKey,
    no_camera: failure.noCamera,
    no_sample: failure.noSample,
    not_a_conversation: failure.notAConversation,
    no_conversation: failure.noConversation,
  };
  const what = failure.translated[code] ?? own[code] ?? message ?? failure.unexpected;
  return {
    what: about === undefined ? what : `${about}: ${what}`,
    todo: failure.advice[code] ?? failure.tryAgain,
  };
}

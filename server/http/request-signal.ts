import type { Response } from 'express';
import { contextOf } from './request-context.ts';

/** Aborts when the client disconnects before it has its answer, and when the server ends: stops work that nobody waits for. */
export function requestSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return AbortSignal.any([gone.signal, contextOf(response).closing]);
}

import type { Response } from 'express';

/** Aborts when the client disconnects before it has its answer: stops work for disconnected clients. */
export function requestSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

import type { Request } from 'express';

/** Many clients read the answer only after sending all; a refused sender may go on this long, unread. */
const drainMs = 10_000;

/** Lets a refused sender finish, so that it gets to read why, but not forever. */
export function drain(request: Request): void {
  request.resume();
  if (request.complete || request.destroyed) return;
  const cut = setTimeout(() => request.destroy(), drainMs).unref();
  request.once('close', () => clearTimeout(cut));
}

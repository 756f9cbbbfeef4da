import type { z } from 'zod';
import { jsonOrNothing, refusalOf, unreachable } from './failure.ts';

export interface RestRequest {
  readonly path: string;
  /** Sent as JSON; a GET without one. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** A reply of the server's REST half, checked. Throws `PageError`. */
export async function ask<T>(reply: z.ZodType<T>, { path, body, signal }: RestRequest): Promise<T> {
  const posted = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, { signal, ...(body !== undefined && posted) }).catch(() => {
    throw unreachable();
  });
  const text = await response.text();
  const parsed = reply.safeParse(jsonOrNothing(text)).data;
  if (!response.ok || parsed === undefined) throw refusalOf(response.status, text);
  return parsed;
}

import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';

/** How long a bad connection is put up with. */
export interface Patience {
  /** A connection over which nothing came for this long, in milliseconds, counts as cut. */
  readonly stallMs: number;
  /** How often in a row a cut download is taken up again without getting any further. */
  readonly retries: number;
  /** Waits before the `attempt`-th retry, counted from 1. */
  pause(attempt: number, signal: AbortSignal | undefined): Promise<void>;
}

/** A hub and who we are there. */
export interface Hub {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Shown to the endpoint alone, never to a host it redirects to. */
  readonly token: string | undefined;
  readonly patience: Patience;
}

const patience: Patience = {
  stallMs: 60_000,
  retries: 5,
  pause: (attempt, signal) => setTimeout(Math.min(2 ** (attempt - 1), 30) * 1000, undefined, { signal }),
};

const environment = z.object({
  HF_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .refine(isBare)
    .default('https://huggingface.co'),
  // What fits in a header, or `fetch` would throw with the token in its message.
  HF_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .optional(),
});

/** The hub that `HF_ENDPOINT` and `HF_TOKEN` name; an empty variable is one that is not set. */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): Hub {
  const parsed = environment.safeParse({
    HF_ENDPOINT: env['HF_ENDPOINT'] || undefined,
    HF_TOKEN: env['HF_TOKEN'] || undefined,
  });
  if (!parsed.success) {
    const variable = parsed.error.issues[0]?.path.join('.');
    throw new Error(
      variable === 'HF_TOKEN'
        ? 'HF_TOKEN holds characters that no token has; copy it again'
        : 'HF_ENDPOINT must be an address like https://huggingface.co, without name, password or query',
    );
  }
  const { HF_ENDPOINT, HF_TOKEN } = parsed.data;
  return { endpoint: HF_ENDPOINT.replace(/\/+$/, ''), token: HF_TOKEN, patience };
}

function isBare(address: string): boolean {
  // zod goes on to refine what it has already found to be no address
  if (!URL.canParse(address)) return false;
  const { username, password, search, hash } = new URL(address);
  return `${username}${password}${search}${hash}` === '';
}

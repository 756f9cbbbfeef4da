import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';

/** The addresses a name may be reached at, at least one. Not asked where the host is an address already. */
export type CheckedLookup = (hostname: string) => Promise<readonly [LookupAddress, ...LookupAddress[]]>;

interface GetOptions {
  readonly lookup: CheckedLookup;
  readonly idleMs: number;
  /** Called when nothing came for `idleMs`; the request goes on until the signal ends it. */
  readonly onIdle: () => void;
  readonly signal: AbortSignal;
}

/** Sends one GET, over a connection of its own and past no proxy, and gives the answer, its body still unread. */
export function httpGet(url: URL, { lookup, idleMs, onIdle, signal }: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { get } = url.protocol === 'https:' ? https : http;
    const options = {
      agent: false,
      lookup: nodeLookup(lookup),
      timeout: idleMs,
      signal,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'stan-llava' },
    };
    const request = get(url, options, resolve).on('timeout', onIdle).on('error', reject);
    // a host that wants to speak another protocol gets cut off without an error; a late `close` changes nothing
    request.on('close', () => reject(new Error('The connection closed without an answer.')));
  });
}

/** Node connects to what this answers and looks nothing up again. */
function nodeLookup(lookup: CheckedLookup): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname).then(
      ([first, ...others]) =>
        options.all ? done(null, [first, ...others]) : done(null, first.address, first.family),
      (error: Error) => done(error, ''),
    );
  };
}

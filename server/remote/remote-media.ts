import { type LookupAddress, promises as dns } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { AppError, toAppError } from '#errors';
import { AllowedHosts } from './allowed-hosts.ts';
import { type CheckedLookup, httpGet } from './http-get.ts';
import { nameOf, parseMediaUrl } from './media-url.ts';
import { tooLarge } from '#core/too-large.ts';

export interface RemoteMediaOptions {
  /** Hosts to fetch from: `host`, `host:port`, `*.host`. An address or `localhost` may be private, names may not. */
  readonly allow: readonly string[];
  /** Largest file, in bytes. */
  readonly maxBytes: number;
  /** Longest download, in milliseconds. Defaults to 5 minutes. */
  readonly timeoutMs?: number;
  /** Longest silence of the host, in milliseconds. Defaults to 30 seconds. */
  readonly idleMs?: number;
  /** All addresses of a host name. Defaults to what the system says. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

const maxRedirects = 3;
const redirectStatuses: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

/**
 * Fetches clips by URL without opening this network (SSRF): only from hosts that the operator lists, and only from the
 * address that was checked, redirects included. Errors name the host that was asked for.
 */
export class RemoteMedia {
  readonly #hosts: AllowedHosts;
  readonly #options: Required<Omit<RemoteMediaOptions, 'allow'>>;

  /** Throws `invalid_request` for an entry of `allow` that is no host. */
  constructor({
    allow,
    maxBytes,
    timeoutMs = 300_000,
    idleMs = 30_000,
    resolve = allAddresses,
  }: RemoteMediaOptions) {
    this.#hosts = new AllowedHosts(allow);
    this.#options = { maxBytes, timeoutMs, idleMs, resolve };
  }

  /**
   * Begins a download; the stream is to be read or destroyed. Before and while it is read: `invalid_request` (bad URL,
   * no clip there, broken off), `forbidden`, `too_large`, `too_slow`, `cancelled`.
   */
  async open(url: string, { signal }: { signal: AbortSignal }): Promise<{ stream: Readable; name: string }> {
    const start = parseMediaUrl(url);
    const own = new AbortController();
    const tooSlow = () =>
      own.abort(new AppError('too_slow', `${start.host} takes too long to send the clip.`));
    const timer = setTimeout(tooSlow, this.#options.timeoutMs);
    const stop = AbortSignal.any([signal, own.signal]);
    const explained = (error: unknown): AppError => {
      if (error instanceof AppError) return error;
      if (stop.aborted) return toAppError(stop.reason);
      return new AppError('invalid_request', `The clip could not be fetched from ${start.host}.`, {
        cause: error,
      });
    };
    try {
      const response = await this.#follow(start, { signal: stop, onIdle: tooSlow });
      checkResponse(response, start.host, this.#options.maxBytes);
      const stream = limitBytes(this.#options.maxBytes);
      // the reader gets the failure; without a reader it must not be an uncaught error
      stream.on('error', () => undefined);
      // not `pipeline`: it would show readers the errors of sockets
      const fail = (error: unknown) => stream.destroy(explained(error));
      response.on('error', fail);
      stop.addEventListener('abort', () => fail(stop.reason), { once: true });
      stream.on('close', () => {
        clearTimeout(timer);
        response.destroy();
      });
      response.pipe(stream);
      return { stream, name: nameOf(start) };
    } catch (error) {
      clearTimeout(timer);
      const reason = explained(error);
      own.abort(reason);
      throw reason;
    }
  }

  /** The first answer that is no redirect. */
  async #follow(start: URL, options: { signal: AbortSignal; onIdle: () => void }): Promise<IncomingMessage> {
    let url = start;
    let lookup = this.#lookupFor(start, start.host);
    for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
      const response = await httpGet(url, { ...options, lookup, idleMs: this.#options.idleMs });
      const { location } = response.headers;
      if (!redirectStatuses.includes(response.statusCode) || location === undefined) return response;
      response.destroy();
      try {
        url = parseMediaUrl(new URL(location, url).href);
        lookup = this.#lookupFor(url, start.host);
      } catch (cause) {
        throw new AppError('forbidden', `${start.host} redirects to where this server may not go.`, {
          cause,
        });
      }
    }
    throw new AppError('invalid_request', `${start.host} redirects more than ${maxRedirects} times.`);
  }

  /** Resolves a host to such addresses only as it may have. Throws `forbidden` where it is not listed at all. */
  #lookupFor(url: URL, askedFor: string): CheckedLookup {
    const accepts = this.#hosts.ruleFor(url);
    return async (hostname) => {
      const addresses = await this.#options.resolve(hostname);
      const [first, ...others] = addresses.filter(({ address }) => accepts(address));
      if (first !== undefined) return [first, ...others];
      throw new AppError(
        'forbidden',
        `${askedFor} leads into a private network, where this server fetches nothing.`,
      );
    };
  }
}

function allAddresses(hostname: string): Promise<LookupAddress[]> {
  return dns.lookup(hostname, { all: true });
}

function checkResponse({ statusCode, headers }: IncomingMessage, host: string, maxBytes: number): void {
  if (statusCode !== 200) {
    throw new AppError('invalid_request', `${host} answers with status ${statusCode} instead of a clip.`);
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new AppError('invalid_request', `${host} sends the clip compressed.`);
  }
  if (Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
}

function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      bytes += chunk.length;
      next(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
}

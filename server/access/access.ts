import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '#config';
import { AppError } from '#errors';
import type { ApiKeys } from '#store/api-keys.ts';

export interface AccessOptions {
  /** The key of the settings. */
  readonly apiKey: string | undefined;
  /** Those that were made by `npm run keys`, which may change at any time. */
  readonly keys?: Pick<ApiKeys, 'find' | 'any'>;
  /** Host names in lower case that are answered to, besides those of this machine. Empty: any, to who has a key. */
  readonly allowedHosts?: readonly string[];
  /** Whether only this machine can reach the server. */
  readonly isLocal: boolean;
}

/** Decides which requests are let in. */
export class Access {
  readonly #options: AccessOptions;

  /** Throws `invalid_request` where anybody could reach the server and no key keeps them out. */
  constructor(options: AccessOptions) {
    this.#options = options;
    if (options.isLocal || this.#hasKeys) return;
    const message =
      'HOST can be reached from other machines; set API_KEY or make a key (npm run keys), or leave HOST at 127.0.0.1';
    throw new AppError('invalid_request', message);
  }

  /**
   * Throws unless the caller has a key, where there are any, and is no page of another site. Without keys only host
   * names of this machine are answered to: another one means DNS rebinding. Returns whose key it was.
   *
   * The key comes as `Authorization: Bearer KEY`, or as the password of HTTP Basic, which a browser asks for by itself
   * and then also sends with the page's own requests, media and socket.
   */
  check(headers: IncomingHttpHeaders): string | undefined {
    const owner = this.#ownerOf(presentedKey(headers.authorization));
    if (owner === undefined && (this.#hasKeys || !this.#options.isLocal)) {
      throw new AppError('unauthorized', 'Send the API key as "Authorization: Bearer KEY".');
    }
    this.#checkHost(headers.host, owner);
    if (headers.origin !== undefined && originHost(headers.origin) !== headers.host) {
      throw new AppError('forbidden', 'Pages of other sites may not use this server.');
    }
    return owner;
  }

  get #hasKeys(): boolean {
    return this.#options.apiKey !== undefined || this.#options.keys?.any === true;
  }

  #ownerOf(key: string): string | undefined {
    const { apiKey, keys } = this.#options;
    if (apiKey !== undefined && sameText(key, apiKey)) return 'API_KEY';
    return key === '' ? undefined : keys?.find(key)?.id;
  }

  #checkHost(host: string | undefined, owner: string | undefined): void {
    const { allowedHosts = [] } = this.#options;
    const name = hostName(host);
    if (isLoopback(name) || allowedHosts.includes(name)) return;
    if (allowedHosts.length > 0) {
      throw new AppError('forbidden', 'This server does not answer to this host name; see ALLOWED_HOSTS.');
    }
    if (owner === undefined) {
      throw new AppError('forbidden', 'Without an API_KEY the server answers only to localhost.');
    }
  }
}

function hostName(host: string | undefined): string {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase();
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function presentedKey(authorization: string | undefined): string {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password;
}

/** Compares digests, so that neither the content nor the length shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from './config.ts';
import { AppError } from './errors.ts';

/**
 * Throws unless the caller may talk to this server: the key where one is set, no page of another site, and,
 * without a key, a host name that only this machine answers to (another name means DNS rebinding).
 *
 * The key comes as `Authorization: Bearer KEY`, or as the password of HTTP Basic, which a browser asks for by itself
 * and then also sends with the page's own requests, media and socket.
 */
export function checkAccess(headers: IncomingHttpHeaders, apiKey: string | undefined): void {
  if (apiKey === undefined) {
    if (!isLoopback(hostName(headers.host))) {
      throw new AppError('forbidden', 'Without an API_KEY the server answers only to localhost.');
    }
  } else if (!sameText(presentedKey(headers.authorization), apiKey)) {
    throw new AppError('unauthorized', 'Send the API key as "Authorization: Bearer KEY".');
  }
  if (headers.origin !== undefined && originHost(headers.origin) !== headers.host) {
    throw new AppError('forbidden', 'Pages of other sites may not use this server.');
  }
}

function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function presentedKey(authorization: string | undefined): string {
  const [scheme, value = ''] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return '';
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password;
}

/** Compares digests, so that neither the content nor the length shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

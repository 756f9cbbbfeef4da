import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Name of the cookie that a browser session is kept in. */
export const sessionCookie = 'stan_llava_session';

/** The key of `Authorization: Bearer KEY`, or the password of HTTP Basic (`curl -u :KEY`); empty where there is none. */
export function presentedKey({ authorization }: IncomingHttpHeaders): string {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password;
}

/** The token of the session cookie, if the request has one. */
export function sessionToken({ cookie }: IncomingHttpHeaders): string | undefined {
  const pattern = new RegExp(`(?:^|;)\\s*${sessionCookie}=([\\w-]{43})\\s*(?:;|$)`);
  return pattern.exec(cookie ?? '')?.[1];
}

/** The token against request forgery that goes with a session: only who can read our replies knows it. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf ${token}`).digest('base64url');
}

/** The reason why a key is too weak to keep anybody out, if it is. */
export function weaknessOf(key: string): string | undefined {
  if (key.length < 16) return 'must have at least 16 characters';
  if (new Set(key).size < 8) return 'must have at least 8 different characters';
  if (/\s|[^\x21-\x7e]/.test(key)) return 'must be printable ASCII without spaces';
  return undefined;
}

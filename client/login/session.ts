import { signal } from '@preact/signals';
import type { SessionReply } from '#contract/session.ts';

/** Who the page is logged in as; undefined until that is known. */
export const session = signal<SessionReply | undefined>(undefined);

/** The proof that a change comes from this page: the browser sends the cookie with those of others too. */
export function csrfHeaders(): Record<string, string> {
  const token = session.value?.csrfToken ?? undefined;
  return token === undefined ? {} : { 'X-CSRF-Token': token };
}

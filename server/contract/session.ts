import { z } from 'zod';

/** What a key may do: everything; use and change what its user owns; look and search only. */
export const role = z.enum(['admin', 'member', 'read-only']);

/** `POST /v1/session`: logs a browser in; the reply sets its cookie. */
export const sessionRequest = z.object({ key: z.string().min(1).max(500) });

/** Who a client is to the server. */
export const sessionReply = z.object({
  /** Null on a server without keys. */
  user: z.object({ id: z.string(), name: z.string() }).nullable(),
  role,
  /** Sent back in `X-CSRF-Token` with everything but GET; null where no cookie was used. */
  csrfToken: z.string().nullable(),
});
export type SessionReply = z.infer<typeof sessionReply>;

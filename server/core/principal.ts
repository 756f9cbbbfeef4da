import { AppError } from '#errors';

/** What a key may do: everything; use and change what its user owns; look and search only. */
export type Role = 'admin' | 'member' | 'read-only';

/** Who a request comes from. */
export interface Principal {
  /** Null on a server without keys, where everybody is the person at this machine. */
  readonly userId: string | null;
  /** For people to read. */
  readonly userName: string;
  readonly role: Role;
  /** The key it presented, or logged in with. */
  readonly keyId: string | null;
  /** The browser session, where a cookie names one. */
  readonly sessionId: string | null;
  /** Identifies the client for limits: its key, or else its address. */
  readonly client: string;
  /** IP address, as `TRUSTED_PROXIES` lets it be known. */
  readonly address: string;
}

/** Throws `forbidden` unless the principal may upload, ask, change or delete. */
export function requireWriter({ role }: Principal): void {
  if (role === 'read-only') throw new AppError('forbidden', 'This key may read only.');
}

/** Throws `forbidden` for all but admins. */
export function requireAdmin({ role }: Principal): void {
  if (role !== 'admin') throw new AppError('forbidden', 'Only an admin may do that.');
}

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { role } from '#contract/session.ts';
import type { Role } from '#core/principal.ts';
import { AppError } from '#errors';
import type { Database } from './database.ts';

const row = z.object({
  id: z.string(),
  name: z.string(),
  userId: z.string(),
  userName: z.string(),
  role,
  createdAt: z.int(),
  expiresAt: z.int().nullable(),
  lastUsedAt: z.int().nullable(),
  revokedAt: z.int().nullable(),
});

const keyEvent = z.object({
  at: z.int(),
  what: z.enum(['created', 'revoked']),
  keyId: z.string(),
  userName: z.string(),
  role,
});

/** Something that was done to a key, by the command line; at milliseconds since 1970. */
export type KeyEvent = Readonly<z.infer<typeof keyEvent>>;

/** A key as it is known after it was made: not the key itself. Times are milliseconds since 1970. */
export type ApiKey = Readonly<z.infer<typeof row>>;

export interface NewKey {
  readonly role?: Role;
  /** What the key is for, where a user has several. Default: the user's name. */
  readonly name?: string;
  /** Milliseconds since 1970; never unless given. */
  readonly expiresAt?: number | undefined;
}

/** `last_used_at` is not written for every request. */
const lastUseStepMs = 60_000;

const columns = `api_keys.id, api_keys.name, user_id AS userId, users.name AS userName, role,
  api_keys.created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt`;
const from = 'FROM api_keys JOIN users ON users.id = user_id';

/** Keys that open the server, each of a user, so that each can be taken back. */
export class ApiKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a key, and its user where there is none of that name. The key itself is returned this once; only its SHA-256 is stored. */
  create(
    user: string,
    { role = 'member', name = user, expiresAt }: NewKey = {},
  ): ApiKey & { readonly key: string } {
    const key = `sk-stan-${randomBytes(32).toString('base64url')}`;
    const id = randomUUID();
    const now = Date.now();
    this.#database.transaction(() => {
      this.#database.run(
        'INSERT OR IGNORE INTO users (id, name, created_at) VALUES (?, ?, ?)',
        randomUUID(),
        user,
        now,
      );
      const sql = `INSERT INTO api_keys (id, name, sha256, created_at, user_id, role, expires_at)
        SELECT ?, ?, ?, ?, users.id, ?, ? FROM users WHERE users.name = ?`;
      this.#database.run(sql, id, name, digestOf(key), now, role, expiresAt ?? null, user);
      this.#note('created', id, now);
    });
    const made = this.#database.get(row, `SELECT ${columns} ${from} WHERE api_keys.id = ?`, id);
    if (made === undefined) throw new RangeError('the key was not stored');
    return { ...made, key };
  }

  /** In the order in which they were made, without the revoked ones. */
  list(): ApiKey[] {
    const sql = `SELECT ${columns} ${from} WHERE revoked_at IS NULL ORDER BY api_keys.created_at, api_keys.id`;
    return this.#database.all(row, sql);
  }

  /** Throws `not_found`. */
  revoke(id: string): void {
    const sql = 'UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL';
    const now = Date.now();
    this.#database.transaction(() => {
      if (this.#database.run(sql, now, id) === 0) {
        throw new AppError('not_found', 'There is no key with this id; "keys list" shows those there are.');
      }
      this.#note('revoked', id, now);
    });
  }

  /** What was done to keys, the oldest first. */
  history(): KeyEvent[] {
    const sql =
      'SELECT at, what, key_id AS keyId, user_name AS userName, role FROM key_events ORDER BY rowid';
    return this.#database.all(keyEvent, sql);
  }

  /** The key with this digest (`digestOf`), unless it is revoked or has expired. */
  find(sha256: string): ApiKey | undefined {
    return this.#valid('sha256 = ?', sha256);
  }

  /** As `find`, by id. */
  findById(id: string): ApiKey | undefined {
    return this.#valid('api_keys.id = ?', id);
  }

  /** Notes that a key was used just now, to the minute. */
  used({ id, lastUsedAt }: ApiKey): void {
    const now = Date.now();
    if (now - (lastUsedAt ?? 0) < lastUseStepMs) return;
    this.#database.run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', now, id);
  }

  /** Whether there ever was one: taking the last key back does not open the server. */
  get any(): boolean {
    return this.#database.get(z.unknown(), 'SELECT 1 FROM api_keys LIMIT 1') !== undefined;
  }

  #note(what: KeyEvent['what'], id: string, at: number): void {
    const sql = `INSERT INTO key_events (at, what, key_id, user_name, role)
      SELECT ?, ?, api_keys.id, users.name, role ${from} WHERE api_keys.id = ?`;
    this.#database.run(sql, at, what, id);
  }

  #valid(condition: string, value: string): ApiKey | undefined {
    const sql = `SELECT ${columns} ${from}
      WHERE ${condition} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`;
    return this.#database.get(row, sql, value, Date.now());
  }
}

/** SHA-256 in hex. Secrets are looked up by it, so that the time it takes tells nothing of others. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

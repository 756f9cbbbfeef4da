import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { digestOf } from './api-keys.ts';
import type { Database } from './database.ts';

const row = z.object({ id: z.string(), keySha256: z.string() });

/** A browser that has logged in, and the digest of the key it did so with. */
export type Session = Readonly<z.infer<typeof row>>;

/** Milliseconds until a session ends by itself. */
export const sessionMs = 30 * 24 * 3_600_000;

/** Browser sessions. They outlive the process, but not the key they came from: whoever asks looks that up too. */
export class Sessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Begins a session; the token is for the cookie. Those that have expired are removed meanwhile. */
  begin(keySha256: string): Session & { readonly token: string } {
    const token = randomBytes(32).toString('base64url');
    const id = digestOf(token);
    const now = Date.now();
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM sessions WHERE expires_at <= ?', now);
      const sql = 'INSERT INTO sessions (sha256, key_sha256, created_at, expires_at) VALUES (?, ?, ?, ?)';
      this.#database.run(sql, id, keySha256, now, now + sessionMs);
    });
    return { id, keySha256, token };
  }

  find(token: string): Session | undefined {
    return this.findById(digestOf(token));
  }

  findById(id: string): Session | undefined {
    const sql =
      'SELECT sha256 AS id, key_sha256 AS keySha256 FROM sessions WHERE sha256 = ? AND expires_at > ?';
    return this.#database.get(row, sql, id, Date.now());
  }

  /** Nothing happens where it has ended already. */
  end(id: string): void {
    this.#database.run('DELETE FROM sessions WHERE sha256 = ?', id);
  }
}

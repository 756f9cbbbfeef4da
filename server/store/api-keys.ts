import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '#errors';
import type { Database } from './database.ts';

const row = z.object({ id: z.string(), name: z.string(), created_at: z.int() });

/** A key as it is known after it was made: not the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Keys that open the server, one for each program or person, so that each can be taken back. */
export class ApiKeys {
  readonly #database: Database;
  #changes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The key is told this once; only its SHA-256 is kept. */
  create(name: string): ApiKey & { readonly key: string } {
    const key = `sk-stan-${randomBytes(32).toString('base64url')}`;
    const [id, createdAt] = [randomUUID(), Date.now()];
    const sql = 'INSERT INTO api_keys (id, name, sha256, created_at) VALUES (?, ?, ?, ?)';
    this.#database.run(sql, id, name, digest(key), createdAt);
    return { id, name, createdAt, key };
  }

  /** In the order in which they were made. */
  list(): ApiKey[] {
    const rows = this.#database.all(row, 'SELECT id, name, created_at FROM api_keys ORDER BY created_at, id');
    return rows.map(apiKey);
  }

  /** Throws `not_found`. */
  revoke(id: string): void {
    this.#changes += 1;
    if (this.#database.run('DELETE FROM api_keys WHERE id = ?', id) === 0) {
      throw new AppError('not_found', 'There is no key with this id; "keys list" shows those there are.');
    }
  }

  /** Looked up by its digest, so that the time it takes tells nothing of other keys. */
  find(key: string): ApiKey | undefined {
    const sql = 'SELECT id, name, created_at FROM api_keys WHERE sha256 = ?';
    const found = this.#database.get(row, sql, digest(key));
    return found && apiKey(found);
  }

  /** Rises when keys may have changed, in this process or another. */
  get version(): number {
    return this.#changes + this.#database.foreignChanges;
  }

  /** Whether there is one. */
  get any(): boolean {
    return this.#database.get(z.unknown(), 'SELECT 1 FROM api_keys LIMIT 1') !== undefined;
  }
}

function apiKey({ id, name, created_at: createdAt }: z.infer<typeof row>): ApiKey {
  return { id, name, createdAt };
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { z } from 'zod';
import { AppError } from '../errors.ts';

const migrationsFolder = join(import.meta.dirname, 'migrations');
/** Milliseconds to wait for another process that is writing. */
const patience = 5000;

export type SqlValue = string | number | null | Uint8Array;

/**
 * The server's one database: SQL in, checked rows out. Every call is done when it returns, and what was written then
 * outlives the process however it ends. Only a power cut can lose the last moments, and damages nothing (WAL).
 */
export class Database {
  readonly #db: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  private constructor(db: Libsql.Database) {
    this.#db = db;
  }

  /** Opens or makes the file and brings it to the newest form. Throws `storage_unusable`, `storage_full`. */
  static open(path: string): Database {
    const db = inFile(path, () => new Libsql(path));
    try {
      return inFile(path, () => {
        db.exec(`PRAGMA busy_timeout = ${patience}; PRAGMA foreign_keys = ON`);
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = NORMAL');
        const database = new Database(db);
        database.#migrate(path);
        return database;
      });
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Returns how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return onDisk(() => this.#statement(sql).run(...values).changes);
  }

  get<T>(row: z.ZodType<T>, sql: string, ...values: readonly SqlValue[]): T | undefined {
    const found = onDisk(() => this.#statement(sql).get(...values));
    return found === undefined ? undefined : row.parse(found);
  }

  all<T>(row: z.ZodType<T>, sql: string, ...values: readonly SqlValue[]): T[] {
    const found = onDisk(() => this.#statement(sql).all(...values));
    return found.map((one) => row.parse(one));
  }

  /** All of the work or none of it. Not for work that waits. */
  transaction<T>(work: () => T): T {
    return onDisk(() => this.#db.transaction(work).immediate());
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #statement(sql: string): Libsql.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs the numbered files that the database has not seen, each in a transaction with its number. */
  #migrate(path: string): void {
    const version = z.object({ user_version: z.int() });
    const has = this.get(version, 'PRAGMA user_version')?.user_version ?? 0;
    const files = readdirSync(migrationsFolder)
      .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
      .sort();
    if (has > files.length) {
      throw new AppError(
        'storage_unusable',
        `${path} was written by a newer version of this server; update it.`,
      );
    }
    for (const [place, file] of files.entries()) {
      if (place < has) continue;
      const sql = readFileSync(join(migrationsFolder, file), 'utf8');
      this.transaction(() => this.#db.exec(`${sql}; PRAGMA user_version = ${place + 1}`));
    }
  }
}

/** Failures to open, in words; `path` is the operator's own. */
function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('storage_unusable', `${path} cannot be used as the database: ${reason}`, { cause });
  }
}

function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && /disk is full|SQLITE_FULL/i.test(error.message)) {
      const message = 'The disk is full; free some space and try again.';
      throw new AppError('storage_full', message, { cause: error });
    }
    throw error;
  }
}

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Libsql from 'libsql';
import { z } from 'zod';
import { AppError, type ErrorCode } from '#errors';
import { diskFullMessage } from '#core/disk.ts';

const migrationsFolder = join(import.meta.dirname, 'migrations');

export type SqlValue = string | number | null | Uint8Array;

export interface DatabaseOptions {
  /** Milliseconds to wait for another process that is writing. Default 5000. */
  readonly busyTimeoutMs?: number;
  /** Milliseconds of those that may stop the event loop. Default all of them, which is right for a command line only. */
  readonly blockingMs?: number;
}

/** A column of bytes: libsql gives a single row's as a Buffer, those of many as ArrayBuffers. */
export const blob = z.union([
  z.instanceof(Uint8Array),
  z.instanceof(ArrayBuffer).transform((bytes) => new Uint8Array(bytes)),
]);

const damagedMessage =
  'The database is damaged; put a backup in its place (npm run -s stan-llava -- restore DIR).';
const checkRow = z.object({ quick_check: z.string() });
const version = z.object({ user_version: z.int() });
const dataVersion = z.object({ data_version: z.int() });

/**
 * The server's one database: SQL in, checked rows out. Every call is done when it returns, and what was written then
 * outlives the process; a power cut may take the last moments and nothing else. Throws `storage_full`, `busy` (another process holds it), `storage_unusable`.
 */
export class Database {
  readonly #db: Libsql.Database;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, Libsql.Statement>();

  private constructor(db: Libsql.Database, busyTimeoutMs: number) {
    this.#db = db;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Opens or makes the file, and its folder, and brings it to the newest form. Its errors name the path. */
  static open(
    path: string,
    { busyTimeoutMs = 5000, blockingMs = busyTimeoutMs }: DatabaseOptions = {},
  ): Database {
    let db: Libsql.Database | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      db = new Libsql(path);
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA foreign_keys = ON`);
      // takes effect in a new file only
      db.pragma('auto_vacuum = INCREMENTAL');
      db.pragma('journal_mode = WAL');
      // what is deleted is overwritten, and its pages go back to the file system
      db.pragma('secure_delete = ON');
      // not FULL: the words of every answer are written as they come, and each write would wait for the disk
      db.pragma('synchronous = NORMAL');
      const database = new Database(db, busyTimeoutMs);
      database.#migrate();
      database.#check();
      // opening may wait at the start, when nobody is served yet
      db.exec(`PRAGMA busy_timeout = ${Math.min(blockingMs, busyTimeoutMs)}`);
      return database;
    } catch (thrown) {
      db?.close();
      const { code, message } = sqlError(thrown) ?? unopened(thrown);
      throw new AppError(code, `${path}: ${message}`, { cause: thrown });
    }
  }

  /** Rises when another process, such as the command line, has changed something. */
  get foreignChanges(): number {
    return this.get(dataVersion, 'PRAGMA data_version')?.data_version ?? 0;
  }

  /** Returns how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return mapSqliteError(() => this.#statement(sql).run(...values.map(storable)).changes);
  }

  get<T>(row: z.ZodType<T>, sql: string, ...values: readonly SqlValue[]): T | undefined {
    const found = mapSqliteError(() => this.#statement(sql).get(...values.map(storable)));
    return found === undefined ? undefined : row.parse(found);
  }

  all<T>(row: z.ZodType<T>, sql: string, ...values: readonly SqlValue[]): T[] {
    const found = mapSqliteError(() => this.#statement(sql).all(...values.map(storable)));
    return found.map((one) => row.parse(one));
  }

  /** All of the work or none of it; nobody else writes meanwhile. Not for work that waits. */
  transaction<T>(work: () => T): T {
    return mapSqliteError(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        // a full disk has rolled back by itself
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /**
   * As `transaction`; while another process writes, waits and tries again without stopping the event loop. Nothing else
   * of this process can come between the parts of `work`.
   */
  async write<T>(work: () => T): Promise<T> {
    const giveUpAt = performance.now() + this.#busyTimeoutMs;
    for (let waitMs = 5; ; waitMs = Math.min(2 * waitMs, 100)) {
      try {
        return this.transaction(work);
      } catch (error) {
        if (!isLockedOut(error) || performance.now() > giveUpAt) throw error;
      }
      await pause(waitMs);
    }
  }

  /**
   * Removes what was deleted from the disk too: the write-ahead log, which still has the words of before, is emptied
   * into the file. Another process that reads at this moment puts it off until the next time.
   */
  erase(): void {
    this.all(z.unknown(), 'PRAGMA incremental_vacuum');
    this.get(z.unknown(), 'PRAGMA wal_checkpoint(TRUNCATE)');
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

  get #version(): number {
    return this.get(version, 'PRAGMA user_version')?.user_version ?? 0;
  }

  /** Reads the whole file. Throws `storage_unusable` where it is damaged. */
  #check(): void {
    const [finding] = this.all(checkRow, 'PRAGMA quick_check(1)');
    if (finding?.quick_check !== 'ok') throw new AppError('storage_unusable', damagedMessage);
  }

  /** Runs the numbered files that the database has not seen, each in a transaction with its number. */
  #migrate(): void {
    const files = readdirSync(migrationsFolder)
      .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
      .sort();
    const seen = this.#version;
    if (seen > files.length) {
      throw new AppError('storage_unusable', 'written by a newer version of this server; update it.');
    }
    for (const [index, file] of files.entries()) {
      if (index < seen) continue;
      const sql = readFileSync(join(migrationsFolder, file), 'utf8');
      this.transaction(() => {
        // another process that started with us may have been faster
        if (this.#version === index) this.#db.exec(`${sql}; PRAGMA user_version = ${index + 1}`);
      });
    }
  }
}

/** libsql gives text back only up to its first NUL, so none goes in; lone surrogates become the same mark by themselves. */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}

/** What SQLite's result codes mean to the operator (https://sqlite.org/rescode.html). */
const failures = new Map<number, readonly [ErrorCode, string]>([
  [5, ['busy', 'Another process keeps the database locked; try again when it has ended.']],
  [8, ['storage_unusable', 'The database may not be written to; check who owns it.']],
  [11, ['storage_unusable', damagedMessage]],
  [13, ['storage_full', diskFullMessage]],
  [26, ['storage_unusable', 'This is no database; move it away.']],
]);
const sqliteError = z.object({ rawCode: z.int() });

function sqlError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  const code = sqliteError.safeParse(thrown).data?.rawCode ?? 0;
  // the low byte is the kind of failure, the rest says more of it
  const known = failures.get(code & 0xff);
  return known && new AppError(known[0], known[1], { cause: thrown });
}

/** Whether another process kept the database locked; not any other `busy`. */
function isLockedOut(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  return ((sqliteError.safeParse(cause).data?.rawCode ?? 0) & 0xff) === 5;
}

function unopened(thrown: unknown): AppError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('storage_unusable', `cannot be opened as the database: ${reason}`);
}

function mapSqliteError<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw sqlError(thrown) ?? thrown;
  }
}

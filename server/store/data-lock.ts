import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { z } from 'zod';
import type { Background } from '#core/background.ts';
import { errorCode } from '#core/disk.ts';
import { AppError } from '#errors';

/** Milliseconds between two signs of life in the owner's note. */
const heartbeatMs = 10_000;

const ownerNote = z.object({ pid: z.int(), host: z.string(), since: z.string(), alive: z.string() });
export type DataOwner = z.infer<typeof ownerNote>;

/**
 * The one server that owns a DATA_DIR. It holds the operating system's lock on `server.lock`, which goes with the process
 * however that ends, so no lock is ever stale; `server.json` beside it says who the owner is, with a heartbeat.
 */
export class DataLock {
  readonly #lock: Libsql.Database;
  readonly #note: string;
  readonly #since = new Date().toISOString();

  private constructor(lock: Libsql.Database, note: string) {
    this.#lock = lock;
    this.#note = note;
  }

  /** Throws `storage_unusable`, naming the owner, where another server has the folder. */
  static take(dataDir: string): DataLock {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lock = new Libsql(join(dataDir, 'server.lock'));
    try {
      lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    } catch (cause) {
      lock.close();
      const owner = DataLock.owner(dataDir);
      const who = owner === undefined ? 'Another server' : `Process ${owner.pid} on ${owner.host}`;
      const alive = owner === undefined ? '' : ` (last sign of life ${owner.alive})`;
      const message = `${dataDir}: ${who} uses this folder${alive}; stop it, or set DATA_DIR to another one.`;
      throw new AppError('storage_unusable', message, { cause });
    }
    const held = new DataLock(lock, join(dataDir, 'server.json'));
    held.beat();
    return held;
  }

  /** Who has the folder, or had it last. */
  static owner(dataDir: string): DataOwner | undefined {
    try {
      return ownerNote.safeParse(JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))).data;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Keeps the owner's note fresh. */
  keepFresh(background: Background): void {
    background.every(heartbeatMs, 'the sign of life could not be written', () => this.beat());
  }

  beat(): void {
    const alive = new Date().toISOString();
    const note: DataOwner = { pid: process.pid, host: hostname(), since: this.#since, alive };
    writeFileSync(this.#note, JSON.stringify(note), { mode: 0o600 });
  }

  release(): void {
    rmSync(this.#note, { force: true });
    this.#lock.exec('ROLLBACK');
    this.#lock.close();
  }
}

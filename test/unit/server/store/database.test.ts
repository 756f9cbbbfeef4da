import assert from 'node:assert/strict';
import { openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Libsql from 'libsql';
import { z } from 'zod';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const row = z.object({ title: z.string() });
const titles = 'SELECT title FROM conversations ORDER BY title';
const insert =
  "INSERT INTO conversations (id, title, settings, created_at, updated_at) VALUES (?, ?, '{}', 1, 1)";

describe('the database', () => {
  const folder = tempFolder();

  test('keeps what was written, in a folder it makes, and migrates once', () => {
    const path = join(folder, 'new/folder/kept.db');
    const first = Database.open(path);
    assert.equal(first.run(insert, 'a', 'one'), 1);
    first.close();
    const second = Database.open(path);
    assert.deepEqual(second.all(row, titles), [{ title: 'one' }]);
    assert.equal(second.get(row, 'SELECT title FROM conversations WHERE id = ?', 'b'), undefined);
    second.close();
    assert.equal(statSync(join(folder, 'new')).mode & 0o077, 0);
  });

  test('is opened so that a kill loses nothing', () => {
    const database = Database.open(join(folder, 'settings.db'));
    const setting = (name: string) =>
      Object.values(database.get(z.looseObject({}), `PRAGMA ${name}`) ?? {})[0];
    assert.equal(setting('journal_mode'), 'wal');
    assert.equal(setting('synchronous'), 1);
    assert.equal(setting('foreign_keys'), 1);
    database.close();
  });

  test('a transaction is done whole or not at all', () => {
    const database = Database.open(join(folder, 'whole.db'));
    const failing = () =>
      database.transaction(() => {
        database.run(insert, 'a', 'one');
        throw new RangeError('no');
      });
    assert.throws(failing, RangeError);
    assert.deepEqual(database.all(row, titles), []);
    assert.equal(
      database.transaction(() => database.run(insert, 'a', 'one')),
      1,
    );
    database.close();
  });

  test('a full disk says so, and what was there stays', () => {
    const database = Database.open(join(folder, 'full.db'));
    database.run(insert, 'a', 'one');
    database.get(z.unknown(), 'PRAGMA max_page_count = 1');
    const long = 'x'.repeat(1_000_000);
    const full = { code: 'storage_full', message: /^The disk is full/ };
    assert.throws(() => database.run(insert, 'b', long), full);
    assert.throws(() => database.transaction(() => database.run(insert, 'b', long)), full);
    assert.deepEqual(database.all(row, titles), [{ title: 'one' }]);
    database.close();
  });

  test('rows are checked', () => {
    const database = Database.open(join(folder, 'checked.db'));
    database.run(insert, 'a', 'one');
    const wrong = z.object({ title: z.int() });
    assert.throws(() => database.all(wrong, titles), z.ZodError);
    database.close();
  });

  test('text comes back whole', () => {
    const database = Database.open(join(folder, 'text.db'));
    database.run(insert, 'a', "nul\0 'quote' \u{1f41f}\n");
    assert.deepEqual(database.all(row, titles), [{ title: "nul\ufffd 'quote' \u{1f41f}\n" }]);
    database.close();
  });

  test('two that open a new file at once both find it ready', () => {
    const path = join(folder, 'both.db');
    const [one, other] = [Database.open(path), Database.open(path)];
    one.run(insert, 'a', 'one');
    assert.deepEqual(other.all(row, titles), [{ title: 'one' }]);
    other.run(insert, 'b', 'two');
    assert.equal(one.all(row, titles).length, 2);
    one.close();
    other.close();
  });

  test('one that another process holds is refused in one line', () => {
    const path = join(folder, 'held.db');
    const holder = new Libsql(path);
    holder.pragma('locking_mode = EXCLUSIVE');
    holder.exec('CREATE TABLE mine (a)');
    assert.throws(() => Database.open(path, { busyTimeoutMs: 10 }), {
      code: 'busy',
      message: `${path}: Another process keeps the database locked; try again when it has ended.`,
    });
    holder.close();
  });

  test('one that is written by another for too long says so', () => {
    const path = join(folder, 'writing.db');
    const database = Database.open(path, { busyTimeoutMs: 10 });
    const other = new Libsql(path);
    other.exec('BEGIN IMMEDIATE');
    assert.throws(() => database.run(insert, 'a', 'one'), { code: 'busy' });
    other.exec('ROLLBACK');
    assert.equal(database.run(insert, 'a', 'one'), 1);
    other.close();
    database.close();
  });

  test('a write waits for another process without stopping anything else, and says so when that takes too long', async () => {
    const path = join(folder, 'waiting.db');
    const database = Database.open(path, { busyTimeoutMs: 60_000, blockingMs: 1 });
    const other = new Libsql(path);
    other.exec('BEGIN IMMEDIATE');
    const written = database.write(() => database.run(insert, 'a', 'one'));
    // reading and everything else goes on meanwhile
    assert.deepEqual(database.all(row, titles), []);
    await new Promise(setImmediate);
    other.exec('ROLLBACK');
    assert.equal(await written, 1);
    assert.deepEqual(database.all(row, titles), [{ title: 'one' }]);
    database.close();

    const hasty = Database.open(path, { busyTimeoutMs: 10, blockingMs: 1 });
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(
      hasty.write(() => hasty.run(insert, 'b', 'two')),
      { code: 'busy' },
    );
    other.close();
    hasty.close();
  });

  test('what is no database, or a newer one, is refused in one line', () => {
    const junk = join(folder, 'junk.db');
    writeFileSync(junk, 'no database at all, but long enough to be taken for one'.repeat(100));
    assert.throws(() => Database.open(junk), {
      code: 'storage_unusable',
      message: `${junk}: This is no database; move it away.`,
    });
    const newer = join(folder, 'newer.db');
    const database = Database.open(newer);
    database.run('PRAGMA user_version = 99');
    database.close();
    assert.throws(() => Database.open(newer), { code: 'storage_unusable', message: /newer version/ });
    assert.throws(() => Database.open(join(junk, 'below.db')), {
      code: 'storage_unusable',
      message: /below\.db: cannot be opened as the database/,
    });
  });

  test('a damaged file is refused at the start, in one line, wherever the damage is', () => {
    const path = join(folder, 'damaged.db');
    const whole = Database.open(path);
    for (let number = 0; number < 200; number++) whole.run(insert, `id ${number}`, 'x'.repeat(1000));
    whole.get(z.unknown(), 'PRAGMA wal_checkpoint(TRUNCATE)');
    whole.close();
    const good = readFileSync(path);

    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(good.length - 4096, 0xff), 0, good.length - 4096, 4096);
    const damaged = { code: 'storage_unusable', message: /damaged\.db: The database is damaged/ };
    assert.throws(() => Database.open(path), damaged);

    writeFileSync(path, Buffer.concat([good.subarray(0, 100), Buffer.alloc(good.length - 100, 0xff)]));
    assert.throws(() => Database.open(path), damaged);
  });
});

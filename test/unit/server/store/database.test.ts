import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { Database } from '../../../../server/store/database.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

const row = z.object({ title: z.string() });
const insert =
  "INSERT INTO conversations (id, title, settings, created_at, updated_at) VALUES (?, ?, '{}', 1, 1)";

describe('the database', () => {
  const folder = tempFolder();

  test('keeps what was written, and migrates once', () => {
    const path = join(folder, 'kept.db');
    const first = Database.open(path);
    assert.equal(first.run(insert, 'a', 'one'), 1);
    first.close();
    const second = Database.open(path);
    assert.deepEqual(second.all(row, 'SELECT title FROM conversations'), [{ title: 'one' }]);
    assert.equal(second.get(row, 'SELECT title FROM conversations WHERE id = ?', 'b'), undefined);
    second.close();
  });

  test('a transaction is done whole or not at all', () => {
    const database = Database.open(join(folder, 'whole.db'));
    const failing = () =>
      database.transaction(() => {
        database.run(insert, 'a', 'one');
        throw new RangeError('no');
      });
    assert.throws(failing, RangeError);
    assert.deepEqual(database.all(row, 'SELECT title FROM conversations'), []);
    database.close();
  });

  test('rows are checked', () => {
    const database = Database.open(join(folder, 'checked.db'));
    database.run(insert, 'a', 'one');
    const wrong = z.object({ title: z.int() });
    assert.throws(() => database.all(wrong, 'SELECT title FROM conversations'), z.ZodError);
    database.close();
  });

  test('what is no database, or a newer one, is refused in one line', () => {
    const junk = join(folder, 'junk.db');
    writeFileSync(junk, 'no database at all, but long enough to be taken for one'.repeat(100));
    assert.throws(() => Database.open(junk), {
      code: 'storage_unusable',
      message: /junk\.db cannot be used/,
    });
    const newer = join(folder, 'newer.db');
    const database = Database.open(newer);
    database.run('PRAGMA user_version = 99');
    database.close();
    assert.throws(() => Database.open(newer), { code: 'storage_unusable', message: /newer version/ });
    const nowhere = join(folder, 'nowhere/at/all.db');
    assert.throws(() => Database.open(nowhere), { code: 'storage_unusable' });
  });
});

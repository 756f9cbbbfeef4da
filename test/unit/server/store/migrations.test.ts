import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Libsql from 'libsql';
import { ChatStore } from '#store/chat-store.ts';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const migrations = join(import.meta.dirname, '../../../../server/store/migrations');

describe('a database of before', () => {
  const folder = tempFolder();

  /** Opens one that was left at that version with a conversation in it. */
  function brought(version: number, fill: (old: Libsql.Database) => void): Database {
    const path = join(folder, `${version}.db`);
    const old = new Libsql(path);
    for (const file of readdirSync(migrations).sort().slice(0, version)) {
      old.exec(readFileSync(join(migrations, file), 'utf8'));
    }
    old.exec(`PRAGMA user_version = ${version}`);
    old.exec("INSERT INTO conversations VALUES ('c', 'A talk', '{}', 1, 1)");
    fill(old);
    old.close();
    return Database.open(path);
  }

  test('tells by their ends which answers were cut off', () => {
    const database = brought(4, (old) => {
      for (const [id, state, event] of [
        ['whole', 'done', { type: 'done', reason: 'end' }],
        ['cut', 'done', { type: 'done', reason: 'length' }],
        ['said so', 'failed', { type: 'error', text: 'length', reason: 'length' }],
      ] as const) {
        const message = "INSERT INTO messages VALUES (?, 'c', NULL, 'assistant', 'x', '[]', 1, ?, ?)";
        old.prepare(message).run(id, state, id);
        old.prepare('INSERT INTO generation_events VALUES (?, 1, ?)').run(id, JSON.stringify(event));
      }
    });
    const messages = new ChatStore(database).messages('c');
    assert.deepEqual(
      messages.map(({ id, cutOff }) => [id, cutOff]),
      [
        ['whole', false],
        ['cut', true],
        ['said so', false],
      ],
    );
    database.close();
  });

  test('knows the clips of its questions in the order in which they came', () => {
    const [there, gone] = ['f'.repeat(32), '0'.repeat(32)];
    const database = brought(5, (old) => {
      const video = "INSERT INTO videos VALUES (?, 'x', 'a car.mp4', 1, 1, 1, 1, 'mov', 1)";
      old.prepare(video).run(there);
      for (const [id, videoIds] of [
        ['one', [there]],
        ['two', []],
        ['three', [gone, there]],
      ] as const) {
        const message = "INSERT INTO messages VALUES (?, 'c', NULL, 'user', 'x', ?, 1, 'done', NULL, 0)";
        old.prepare(message).run(id, JSON.stringify(videoIds));
      }
    });
    assert.deepEqual(new ChatStore(database).clips('c'), [
      { id: there, name: 'a car.mp4' },
      { id: gone, name: 'clip' },
    ]);
    database.close();
  });
});

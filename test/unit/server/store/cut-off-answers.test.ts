import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Libsql from 'libsql';
import { ChatStore } from '../../../../server/chat/chat-store.ts';
import { Database } from '../../../../server/store/database.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

const migrations = join(import.meta.dirname, '../../../../server/store/migrations');

test('answers from before are known to be cut off by how they ended', () => {
  const path = join(tempFolder(), 'old.db');
  const old = new Libsql(path);
  for (const file of readdirSync(migrations).sort().slice(0, 4)) {
    old.exec(readFileSync(join(migrations, file), 'utf8'));
  }
  old.exec("PRAGMA user_version = 4; INSERT INTO conversations VALUES ('c', 'A talk', '{}', 1, 1)");
  for (const [id, state, event] of [
    ['whole', 'done', { type: 'done', reason: 'end' }],
    ['cut', 'done', { type: 'done', reason: 'length' }],
    ['said so', 'failed', { type: 'error', text: 'length', reason: 'length' }],
  ] as const) {
    const message = "INSERT INTO messages VALUES (?, 'c', NULL, 'assistant', 'x', '[]', 1, ?, ?)";
    old.prepare(message).run(id, state, id);
    const sql = 'INSERT INTO generation_events VALUES (?, 1, ?)';
    old.prepare(sql).run(id, JSON.stringify(event));
  }
  old.close();
  const database = Database.open(path);
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

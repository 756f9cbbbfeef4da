import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { ClipStore } from '#store/clip-store.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { events, send, start } from '../chat/echo-chat.ts';

/** The files below a folder that contain a text. */
function filesWith(folder: string, text: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(text))
    .map(({ name }) => name);
}

describe('what is deleted', () => {
  const folder = tempFolder();

  test('words of a conversation are in no file any more', async () => {
    const started = start(join(folder, 'chat.db'));
    const { service } = started;
    const kept = await service.create(operator, { settings: {} });
    await events(started, await send(started, kept.id, 'these stay'));
    const { id } = await service.create(operator, {
      title: 'xyzzy-title',
      settings: { system: 'xyzzy-system' },
    });
    let parentId: string | undefined;
    for (let n = 0; n < 20; n++) {
      const text = `xyzzy-${n} `.repeat(100).trim();
      const sent = await send(started, id, text, parentId === undefined ? {} : { parentId });
      await events(started, sent);
      parentId = sent.answer.id;
    }
    assert.ok(filesWith(folder, 'xyzzy').length > 0, 'they were there');
    await service.delete(operator, id);
    assert.deepEqual(filesWith(folder, 'xyzzy'), []);
    assert.ok(filesWith(folder, 'these stay').length > 0);
  });

  test('a clip, its name and its bytes are in no file any more', async () => {
    const { database } = start(join(folder, 'clips.db'));
    const store = await ClipStore.open(database, join(folder, 'clips'));
    const limits = { maxBytes: 1000, signal: new AbortController().signal };
    const upload = await store.receive(Readable.from([Buffer.from('plugh-bytes')]), limits);
    const facts = { name: 'plugh-name', duration: 1, width: 1, height: 1, format: 'mov' };
    const { id } = await store.keep(operator, upload, facts);
    assert.ok(filesWith(folder, 'plugh').length > 1, 'they were there');
    await store.remove(operator, id);
    assert.deepEqual(filesWith(folder, 'plugh'), []);
    assert.deepEqual(filesWith(folder, id), []);
  });
});

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { backup, restore } from '#store/backup.ts';
import { ChatStore } from '#store/chat-store.ts';
import { ClipStore } from '#store/clip-store.ts';
import { DataLock } from '#store/data-lock.ts';
import { Database } from '#store/database.ts';
import { examine, quarantine } from '#store/doctor.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('a backup', () => {
  const folder = tempFolder();
  const open = async (dataDir: string) => {
    const database = Database.open(join(dataDir, 'stan-llava.db'));
    return {
      database,
      chats: new ChatStore(database),
      clips: await ClipStore.open(database, join(dataDir, 'clips')),
    };
  };
  const keep = async (clips: ClipStore, content: string): Promise<string> => {
    const limits = { maxBytes: 1000, signal: new AbortController().signal };
    const upload = await clips.receive(Readable.from([Buffer.from(content)]), limits);
    const facts = { name: 'a.mp4', duration: 1, width: 1, height: 1, format: 'mov' };
    return (await clips.keep(operator, upload, facts)).id;
  };
  const bad = async (dataDir: string) =>
    (await examine(dataDir)).flatMap(({ what, ok }) => (ok || what === 'disk' ? [] : what));

  test('has nothing amiss to examine where no server has run yet', async () => {
    const findings = await examine(join(folder, 'missing'));
    assert.deepEqual(
      findings.map(({ what, ok }) => [what, ok]),
      [['folder', true]],
    );
  });

  test('made while the server runs, is what a restored server has; what came later is not in it', async () => {
    const [dataDir, copy, other] = ['data', 'copy', 'other'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const live = await open(dataDir);
    const id = await keep(live.clips, 'moving pictures');
    await live.chats.create(operator, 'a conversation', {});
    assert.equal(await backup(dataDir, copy), 1);
    await live.chats.create(operator, 'later', {});
    await keep(live.clips, 'later');

    await assert.rejects(restore(copy, dataDir), { code: 'conflict' });
    assert.equal(await restore(copy, other), 1);
    const restored = await open(other);
    assert.equal(await readFile(restored.clips.path(id), 'utf8'), 'moving pictures');
    const listed = await restored.chats.list(operator, { limit: 9 });
    assert.deepEqual(
      listed.map(({ title }) => title),
      ['a conversation'],
    );
    assert.deepEqual(await bad(other), []);
    restored.database.close();

    assert.equal(await backup(dataDir, copy), 2, 'a second one adds what is new');
    await live.clips.remove(operator, id);
    assert.equal(await backup(dataDir, copy), 1);
    live.database.close();
  });

  test('that is damaged is refused, and so is a folder whose server runs', async () => {
    const [dataDir, copy, other] = ['data2', 'copy2', 'other2'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const live = await open(dataDir);
    const id = await keep(live.clips, 'precious');
    await backup(dataDir, copy);
    live.database.close();
    const lock = DataLock.take(other);
    await assert.rejects(restore(copy, other), { code: 'storage_unusable', message: /uses this folder/ });
    lock.release();
    await writeFile(join(copy, 'clips', `${id}.clip`), 'damaged!');
    await assert.rejects(restore(copy, other), { code: 'storage_unusable', message: /is damaged/ });
    await assert.rejects(backup(join(folder, 'nothing'), copy), { code: 'not_found' });
  });

  test('after a lost database, the doctor says so, and sets the clips aside when told', async () => {
    const dataDir = join(folder, 'data3');
    const live = await open(dataDir);
    await keep(live.clips, 'orphan');
    live.database.close();
    for (const ending of ['', '-wal', '-shm'])
      await rm(join(dataDir, `stan-llava.db${ending}`), { force: true });
    await assert.rejects(open(dataDir), { code: 'storage_unusable' });
    assert.deepEqual(await bad(dataDir), ['clips']);
    assert.equal(await quarantine(dataDir), 1);
    assert.deepEqual(await bad(dataDir), []);
    (await open(dataDir)).database.close();
  });
});

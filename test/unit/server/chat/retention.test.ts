import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { ChatService } from '#chat/chat-service.ts';
import { keepForDays } from '#chat/retention.ts';
import { Background } from '#core/background.ts';
import { chatStores } from '#store/chat-stores.ts';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { operator } from '#store/viewer.ts';
import { FakeEngine } from '#bench/scripted/fake-engine.ts';
import { pino } from 'pino';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dayMs = 86_400_000;

describe('RETENTION_DAYS', () => {
  const folder = tempFolder();

  test('deletes what is older, and nothing else; 0 keeps everything', async (context) => {
    const database = Database.open(join(folder, 'a.db'));
    const clips = await ClipStore.open(database, join(folder, 'clips'));
    const log = pino({ level: 'silent' });
    const chat = new ChatService({ ...chatStores(database), clips, engine: new FakeEngine(), log });
    const keep = async (name: string): Promise<string> => {
      const limits = { maxBytes: 1000, signal: new AbortController().signal };
      const upload = await clips.receive(Readable.from([Buffer.from(name)]), limits);
      const facts = { name, duration: 2, width: 64, height: 48, format: 'mov' };
      return (await clips.keep(operator, upload, facts)).id;
    };
    const start = 1_700_000_000_000;
    context.mock.timers.enable({ apis: ['Date'], now: start });
    const old = { clip: await keep('old'), talk: await chat.create(operator, { settings: {} }) };
    context.mock.timers.setTime(start + 2 * dayMs);
    const recent = { clip: await keep('new'), talk: await chat.create(operator, { settings: {} }) };

    const sweep = async (days: number): Promise<void> => {
      const background = new Background((what, error) => assert.fail(`${what}: ${error}`));
      keepForDays(days, { chat, clips, background });
      await background.close();
    };
    await sweep(0);
    await sweep(3);
    assert.ok(clips.get(operator, old.clip));
    await sweep(1);
    assert.equal(clips.get(operator, old.clip), undefined);
    assert.ok(clips.get(operator, recent.clip));
    const left = (await chat.list(operator, { limit: 9 })).map(({ id }) => id);
    assert.deepEqual(left, [recent.talk.id]);
    assert.notEqual(old.talk.id, recent.talk.id);
    await chat.close();
    database.close();
  });
});

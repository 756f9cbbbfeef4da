import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { type ChatEngine, ChatService } from '../../../../server/chat/chat-service.ts';
import { ChatStore, type Sent } from '../../../../server/chat/chat-store.ts';
import { type ChatSettings, conversationFile, type NumberedEvent } from '../../../../server/chat/contract.ts';
import { noTime, type SeenClip } from '../../../../server/engine/watch.ts';
import { AppError } from '../../../../server/errors.ts';
import { Database } from '../../../../server/store/database.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

const clipA = 'a'.repeat(32);
const clipB = 'b'.repeat(32);

/** Says back the talk it was given, a word at a time; `...` in a question makes it wait to be stopped. */
class EchoEngine implements ChatEngine {
  readonly looked: string[] = [];

  async look(...[{ videoId }, { mode = 'stan' }]: Parameters<ChatEngine['look']>): Promise<SeenClip> {
    this.looked.push(`${videoId} ${mode}`);
    const receipt = { mode, sampler: 'echo', frames: [0.5], videoTokens: { count: 1, width: 1 } };
    return { tokens: { data: Float32Array.of(1), count: 1, width: 1 }, receipt, timings: noTime };
  }

  async *answer(...[turns, { signal, mode, system = '' }]: Parameters<ChatEngine['answer']>) {
    for (const source of turns.flatMap((turn) => turn.clips)) {
      await this.look(source, { mode, signal });
      const { videoId = '' } = source;
      yield { type: 'progress', stage: 'encode', done: 0, total: 1, videoId } as const;
    }
    const question = turns.at(-1)?.question ?? '';
    if (question === 'fail') throw new AppError('context_full', 'Too long.');
    const clips = turns.map((turn) => turn.clips.map(({ videoId }) => (videoId === clipA ? 1 : 2)).join('+'));
    const words = [system, ...turns.map((turn, place) => `${turn.question}[${clips[place]}]`)];
    let text = '';
    for (const word of words.filter((one) => one !== '')) {
      text += `${word} `;
      yield { type: 'token', text: `${word} ` } as const;
      if (question === '...') await pause(60_000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
    }
    const counts = { reusedTokens: 0, promptTokens: 1, answerTokens: 1 };
    yield { type: 'done', text, reason: signal.aborted ? 'stopped' : 'end', ...counts } as const;
  }
}

const folder = tempFolder();
let names = 0;

function start(path = join(folder, `${names++}.db`), patienceMs = 30_000) {
  const database = Database.open(path);
  const engine = new EchoEngine();
  const clips = {
    find: async (id: string) => {
      if (id !== clipA && id !== clipB) throw new AppError('not_found', 'There is no clip with this id.');
      const facts = { name: 'x', duration: 1, width: 1, height: 1, format: 'mov' };
      return { ...facts, id, bytes: 1, sha256: '', createdAt: 1 };
    },
    path: (id: string) => `/clips/${id}`,
  };
  const log = pino({ level: 'silent' });
  const service = new ChatService({ store: new ChatStore(database), clips, engine, log, patienceMs });
  after(() => service.close());
  return { path, database, engine, service };
}

type Started = ReturnType<typeof start>;

async function send(
  { service }: Started,
  conversationId: string,
  text: string,
  options: {
    parentId?: string;
    videoIds?: string[];
    key?: string;
    settings?: ChatSettings;
    detach?: boolean;
  } = {},
): Promise<Sent> {
  const { parentId = null, videoIds = [], key = randomUUID(), settings = {}, detach = false } = options;
  return service.send({ conversationId, parentId, text, videoIds, key, settings, detach });
}

/** Everything that happens to an answer until it ends. */
async function events({ service }: Started, { answer }: Sent, from = 0): Promise<NumberedEvent[]> {
  const heard: NumberedEvent[] = [];
  await new Promise<void>((resolve) => {
    service.follow(answer.generationId ?? '', from, (numbered) => {
      heard.push(numbered);
      if (numbered.event.type === 'done' || numbered.event.type === 'error') resolve();
    });
  });
  return heard;
}

const textOf = (heard: readonly NumberedEvent[]): string => {
  const last = heard.at(-1)?.event;
  return last?.type === 'done' || last?.type === 'error' ? last.text : assert.fail('no end');
};

describe('conversations on the server', () => {
  test('a question is kept and answered; the next one brings the whole talk', async () => {
    const started = start();
    const { service, engine } = started;
    const { id } = service.create({ settings: { system: 'Sys' } });
    const first = await send(started, id, 'what is it?', { videoIds: [clipA] });
    const heard = await events(started, first);
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      heard.map((_, place) => place + 1),
    );
    assert.deepEqual(heard[0]?.event, {
      type: 'progress',
      stage: 'encode',
      done: 0,
      total: 1,
      videoId: clipA,
    });
    assert.equal(textOf(heard), 'Sys what is it?[1] ');
    const second = await send(started, id, 'and now?', { parentId: first.answer.id, videoIds: [clipB] });
    assert.equal(textOf(await events(started, second)), 'Sys what is it?[1] and now?[2] ');
    assert.deepEqual(engine.looked, [`${clipA} stan`, `${clipA} stan`, `${clipB} stan`]);
    const { messages, conversation } = service.read(id);
    assert.deepEqual(
      messages.map(({ role, state }) => `${role} ${state}`),
      ['user done', 'assistant done', 'user done', 'assistant done'],
    );
    assert.equal(conversation.title, 'what is it?');
  });

  test('an answer that was stopped goes on in its place, once for each key', async () => {
    const started = start();
    const { service } = started;
    const { id } = service.create({ settings: {} });
    const asked = await send(started, id, '...');
    const stopping = events(started, asked);
    service.follow(asked.answer.generationId ?? '', 0, ({ event, generationId }) => {
      if (event.type === 'token') service.stop(generationId);
    });
    assert.equal(textOf(await stopping), '...[] ');
    const request = { conversationId: id, messageId: asked.answer.id, key: 'go-on-please', detach: false };
    const wanted = { ...request, settings: {} };
    const on = service.continue(wanted);
    assert.equal(on.answer.id, asked.answer.id);
    assert.equal(service.continue(wanted).answer.generationId, on.answer.generationId);
    const heard = events(started, on);
    service.follow(on.answer.generationId ?? '', 0, ({ event, generationId }) => {
      if (event.type === 'token' && event.text !== '...[] ') service.stop(generationId);
    });
    // who comes late hears all of it: what it goes on with comes first
    const first = (await heard).find(({ event }) => event.type === 'token');
    assert.ok(first?.event.type === 'token' && first.event.text === '...[] ');
    assert.equal(service.read(id).messages.length, 2);
  });

  test('only an answer that can go on does', async () => {
    const started = start();
    const { service } = started;
    const { id } = service.create({ settings: {} });
    const whole = await send(started, id, 'one');
    await events(started, whole);
    const wanted = { conversationId: id, key: 'go-on-please', settings: {}, detach: false };
    const refused = (messageId: string, message: RegExp) =>
      assert.throws(() => service.continue({ ...wanted, messageId }), { code: 'invalid_request', message });
    refused(whole.answer.id, /is whole/);
    refused(whole.question.id, /no answer/);
    const failed = await send(started, id, 'fail', { parentId: whole.answer.id });
    await events(started, failed);
    refused(failed.answer.id, /no words/);
  });

  test('a conversation becomes a file and is made of it again, without clips that are gone', async () => {
    const started = start();
    const { service } = started;
    const { id } = service.create({ settings: { mode: 'plain' } });
    const first = await send(started, id, 'one', { videoIds: [clipA] });
    await events(started, first);
    await events(started, await send(started, id, 'two', { parentId: first.answer.id }));
    await events(started, await send(started, id, 'other', { parentId: first.answer.id }));
    const { conversation, messages } = service.read(id);
    const gone = 'e'.repeat(32);
    const file = conversationFile.parse({
      ...{ format: 1, model: 'echo', title: conversation.title, settings: conversation.settings, clips: [] },
      messages: messages.map((one) => ({ ...one, videoIds: [...one.videoIds, gone] })),
    });
    const imported = await service.import(file);
    assert.equal(imported.missingClips, 1);
    const again = service.read(imported.conversation.id);
    const facts = (all: typeof messages) =>
      all.map(({ role, text, videoIds, state, createdAt, parentId }) => {
        const parent = all.findIndex((one) => one.id === parentId);
        return [role, text, videoIds, state, createdAt, parent];
      });
    assert.deepEqual(facts(again.messages), facts(messages));
    assert.deepEqual(again.conversation.settings, { mode: 'plain' });
    const bad = { ...file, messages: file.messages.toReversed() };
    await assert.rejects(service.import(bad), { code: 'invalid_request' });
    const listed = service.list({ limit: 50, before: undefined, search: undefined });
    assert.equal(listed.length, 2, 'nothing of the bad one is there');
  });

  test('an edit branches, another answer is a sibling, and each branch has its own talk', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const first = await send(started, id, 'one');
    await events(started, first);
    const second = await send(started, id, 'two', { parentId: first.answer.id });
    await events(started, second);
    const edited = await send(started, id, 'zwei', { parentId: first.answer.id });
    assert.equal(textOf(await events(started, edited)), 'one[] zwei[] ');
    const request = { conversationId: id, messageId: first.question.id, key: randomUUID(), detach: false };
    const again = started.service.regenerate({ ...request, settings: { system: 'Other' } });
    assert.equal(textOf(await events(started, again)), 'Other one[] ');
    assert.equal(again.question.id, first.question.id);
    const roots = started.service.read(id).messages.filter(({ parentId }) => parentId === null);
    assert.equal(roots.length, 1);
    await assert.rejects(send(started, id, 'x', { parentId: first.question.id }), {
      code: 'invalid_request',
    });
    await assert.rejects(send(started, id, 'x', { parentId: randomUUID() }), { code: 'not_found' });
  });

  test('the same key makes nothing new, however often it comes', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const key = randomUUID();
    const all = await Promise.all([1, 2, 3].map(() => send(started, id, 'once', { key })));
    assert.equal(new Set(all.map(({ answer }) => answer.id)).size, 1);
    assert.deepEqual(all.map(({ isNew }) => isNew).sort(), [false, false, true]);
    assert.equal(started.service.read(id).messages.length, 2);
  });

  test('who comes back with the last number misses nothing and hears nothing twice', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const sent = await send(started, id, 'a talk', { videoIds: [clipA] });
    const all = await events(started, sent);
    for (let seen = 0; seen <= all.length; seen++) {
      const heard: NumberedEvent[] = [];
      started.service.follow(sent.answer.generationId ?? '', seen, (event) => heard.push(event));
      assert.deepEqual(heard, all.slice(seen));
    }
  });

  test('stopping keeps what was said; what failed says why', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const endless = await send(started, id, '...');
    const heard = events(started, endless);
    await pause(60);
    started.service.stop(endless.answer.generationId ?? '');
    assert.equal(textOf(await heard), '...[] ');
    const failed = await send(started, id, 'fail');
    const last = (await events(started, failed)).at(-1)?.event;
    assert.deepEqual(last, { type: 'error', text: '', code: 'context_full', message: 'Too long.' });
    assert.deepEqual(
      started.service.read(id).messages.map(({ state }) => state),
      ['done', 'stopped', 'done', 'failed'],
    );
    await assert.rejects(send(started, id, 'x', { videoIds: ['c'.repeat(32)] }), { code: 'not_found' });
  });

  test('an answer that nobody follows ends after a while, unless it was told to go on', async () => {
    const started = start(undefined, 20);
    const { id } = started.service.create({ settings: {} });
    const left = await send(started, id, '...');
    const kept = await send(started, id, '...', { detach: true });
    await pause(150);
    const states = new Map(started.service.read(id).messages.map((one) => [one.id, one.state]));
    assert.equal(states.get(left.answer.id), 'stopped');
    assert.equal(states.get(kept.answer.id), 'running');
  });

  test('a restart ends what ran as interrupted, with what it had, and conversations go on', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const cut = await send(started, id, '...');
    await pause(60);
    // as a killed process leaves it: nothing more is written
    const again = start(started.path);
    const heard = await events(again, cut);
    const last = heard.at(-1)?.event;
    assert.ok(last?.type === 'error');
    assert.deepEqual([last.code, last.text], ['interrupted', '...[] ']);
    const next = await send(again, id, 'on', { parentId: cut.answer.id });
    assert.equal(textOf(await events(again, next)), '...[] on[] ');
  });

  test('closing interrupts, and takes no more', async () => {
    const started = start();
    const { id } = started.service.create({ settings: {} });
    const cut = await send(started, id, '...');
    await pause(60);
    await started.service.close();
    const last = (await events(started, cut)).at(-1)?.event;
    assert.ok(last?.type === 'error' && last.code === 'interrupted' && last.text === '...[] ');
    assert.equal(started.service.read(id).messages[1]?.state, 'interrupted');
    await assert.rejects(send(started, id, 'more'), { code: 'cancelled' });
  });

  test('conversations are listed newest first, found by their words, renamed and deleted', async () => {
    const started = start();
    const { service } = started;
    const ids = ['red car', 'blue boat', '100% sure_'].map(
      (title) => service.create({ title, settings: {} }).id,
    );
    await events(started, await send(started, ids[0] ?? '', 'where does it go?'));
    const find = (search: string) => service.list({ limit: 10, search }).map(({ title }) => title);
    assert.equal(service.list({ limit: 10 })[0]?.title, 'red car');
    assert.deepEqual(find('boat'), ['blue boat']);
    assert.deepEqual(find('where does'), ['red car']);
    assert.deepEqual(find('%'), ['100% sure_']);
    assert.equal(service.rename(ids[1] ?? '', 'ship').title, 'ship');
    await service.delete(ids[1] ?? '');
    assert.deepEqual(find('ship'), []);
    assert.throws(() => service.read(ids[1] ?? ''), { code: 'not_found' });
    await assert.rejects(service.delete(ids[1] ?? ''), { code: 'not_found' });
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { PartFinder } from '#http/long-clips.ts';
import { captionList, captionReply, errorBody, videoResource } from '#contract/rest.ts';
import { readServerSentEvents } from '#bench/scripted/server-sent-events.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

/** Has two chapters of whatever clip it is asked for. */
const chapters = [
  { start: 0, end: 61, title: 'A ball.' },
  { start: 61, end: 4000, title: 'A tree.' },
];
const absent = (): never => assert.fail('only chapters are asked for');
const chaptered: PartFinder = {
  chapterStyle: 'short',
  chapters: (videoId) => ({ videoId, chapters, pending: false }),
  segments: absent,
  moments: absent,
  copies: absent,
};

describe('captions of a long clip', () => {
  const folder = tempFolder();
  let server: RunningServer;
  let videoId = '';
  before(async () => {
    server = await startServer(folder, { longClips: chaptered });
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    videoId = videoResource.parse(await reply.json()).id;
  });
  after(() => server.close());
  const post = (body: object) =>
    fetch(`${server.url}/v1/captions`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const text = '0:00-1:01 A ball.\n1:01-1:06:40 A tree.';

  test('are made of its chapters, also in a batch and in a stream', async () => {
    assert.deepEqual(captionReply.parse(await (await post({ videoId })).json()), {
      caption: text,
      videoId,
      chapters,
    });
    const { captions } = captionList.parse(await (await post({ videoIds: [videoId] })).json());
    assert.deepEqual(captions, [{ caption: text, videoId, chapters }]);
    const events = readServerSentEvents(await (await post({ videoId, stream: true })).text());
    assert.deepEqual(
      events.map(({ name }) => name),
      ['token', 'done'],
    );
    assert.equal(server.engine.asked.length, 0);
  });

  test('are answers where something else is asked for', async () => {
    for (const wish of [
      { prompt: 'what' },
      { start: 0, end: 1 },
      { segments: 2 },
      { frames: 2 },
      { order: 'reverse' },
      { mode: 'plain' },
    ]) {
      const reply = captionReply.parse(await (await post({ videoId, ...wish })).json());
      assert.equal(reply.chapters, undefined, JSON.stringify(wish));
    }
    assert.equal(server.engine.asked.length, 6);
  });
});

describe('captions', () => {
  const folder = tempFolder();
  let server: RunningServer;
  let videoId = '';
  before(async () => {
    server = await startServer(folder);
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body: form('video') });
    videoId = videoResource.parse(await reply.json()).id;
  });
  beforeEach(() => {
    server.engine.looked.length = 0;
    server.engine.asked.length = 0;
  });
  after(() => server.close());

  function form(text: string, fields: Record<string, string> = {}): FormData {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('file', new Blob([text]), 'a.mp4');
    return body;
  }
  const post = (body: unknown, signal?: AbortSignal) =>
    fetch(`${server.url}/v1/captions`, {
      method: 'POST',
      ...(body instanceof FormData
        ? { body }
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      ...(signal && { signal }),
    });
  async function refused(body: unknown): Promise<string> {
    const reply = await post(body);
    const { code, message } = errorBody.parse(await reply.json()).error;
    return `${reply.status} ${code} ${message}`;
  }

  test('of a form whose question is long are of the whole question, and too long a one is refused', async () => {
    const prompt = 'ä'.repeat(8000);
    const { caption } = captionReply.parse(await (await post(form('video', { prompt }))).json());
    assert.equal(caption, prompt);
    assert.match(await refused(form('video', { prompt: `${prompt}x` })), /^400 invalid_request prompt/);
    assert.match(await refused(form('video', { prompt: 'x'.repeat(32_001) })), /^400 .*"prompt" is longer/);
  });

  test('of a stored clip, in its own words and with its own settings', async () => {
    const short = captionReply.parse(await (await post({ videoId })).json());
    assert.deepEqual([short.caption, short.videoId], ['caption', videoId]);
    const wish = { prompt: 'what is it', max_tokens: 9, temperature: 0.5, top_p: 0.9, seed: 3 };
    const own = captionReply.parse(
      await (await post({ videoId, mode: 'plain', frames: 2, order: 'reverse', ...wish })).json(),
    );
    assert.equal(own.caption, 'whatisit');
    const [, asked] = server.engine.asked;
    const { maxTokens, temperature, topP, seed, mode, frames, order } = asked ?? assert.fail();
    assert.deepEqual(
      { maxTokens, temperature, topP, seed },
      { maxTokens: 9, temperature: 0.5, topP: 0.9, seed: 3 },
    );
    assert.deepEqual({ mode, frames, order }, { mode: 'plain', frames: 2, order: 'reverse' });
    assert.equal(server.engine.looked[0]?.videoId, videoId);
  });

  test('of a clip sent along, of which nothing is kept', async () => {
    const files = await server.files();
    const sent = form('video two', { mode: 'plain', temperature: '0.5', prompt: '12' });
    assert.deepEqual(await (await post(sent)).json(), { caption: '12' });
    const [source] = server.engine.looked;
    assert.equal(source?.videoId, undefined);
    assert.equal(source?.sha256?.length, 64);
    assert.match(await refused(form('video', { temperature: 'hot' })), /^400 invalid_request temperature/);
    assert.match(await refused(form('text')), /^422 bad_video/);
    assert.deepEqual(await server.files(), files);
  });

  test('of several clips, where one that fails leaves the others alone', async () => {
    const reply = await post({ videoIds: [videoId, videoId, videoId], prompt: 'one' });
    const { captions } = captionList.parse(await reply.json());
    assert.deepEqual(captions, Array(3).fill({ caption: 'one', videoId }));
    const failing = captionList.parse(await (await post({ videoIds: [videoId], prompt: 'fail' })).json());
    const [first] = failing.captions;
    assert(first !== undefined && 'error' in first);
    assert.deepEqual([first.videoId, first.error.code], [videoId, 'internal']);
    assert(!first.error.message.includes('secret'));
  });

  test('as they are made: progress, words, the end', async () => {
    const reply = await post({ videoIds: [videoId, videoId], prompt: 'one two', stream: true });
    assert.equal(reply.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const events = readServerSentEvents(await reply.text());
    const each = ['progress', 'token', 'token', 'done'];
    assert.deepEqual(
      events.map(({ name }) => name),
      [...each, ...each],
    );
    assert(events.every(({ name, data }) => JSON.parse(data).type === name));
    assert(events.every(({ data }) => JSON.parse(data).videoId === videoId));
    const sent = await (await post(form('video', { stream: 'true', prompt: 'fail' }))).text();
    const last = readServerSentEvents(sent).at(-1);
    assert.equal(last?.name, 'error');
    assert.equal(JSON.parse(last?.data ?? '').code, 'internal');
  });

  test('a caller that leaves frees its work', async () => {
    for (const stream of [true, false]) {
      const leaving = new AbortController();
      const reply = post({ videoId, prompt: 'a ... b', stream }, leaving.signal);
      while (server.engine.answering === 0) await pause(5);
      leaving.abort();
      await reply.then((open) => open.text()).catch(() => undefined);
      while (server.engine.answering > 0) await pause(5);
    }
  });

  test('what cannot be asked for is refused', async () => {
    assert.match(await refused({}), /^400 invalid_request/);
    assert.match(await refused({ videoIds: [] }), /^400 invalid_request/);
    assert.match(
      await refused({ videoId, style: 'long' }),
      /^400 invalid_request style: this model knows short/,
    );
    assert.match(await refused({ videoId, max_tokens: 0 }), /^400 invalid_request max_tokens/);
    assert.match(await refused({ videoId: '0'.repeat(32) }), /^404 not_found/);
    assert.match(await refused({ videoIds: [videoId, '0'.repeat(32)] }), /^404 not_found/);
  });
});

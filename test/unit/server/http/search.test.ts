import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { errorBody, modelList } from '#contract/rest.ts';
import type { ClipSearcher } from '#http/search.ts';
import { classifyReply, searchReply } from '#contract/search.ts';
import { AppError } from '#errors';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n}`);
const videoId = 'a'.repeat(32);

/** Finds one clip in whatever is asked, and keeps what it was asked. */
class FakeSearcher implements ClipSearcher {
  readonly asked: unknown[] = [];
  /** Of a request that is held. */
  held: AbortSignal | undefined;

  async search(...[wish, { signal }]: Parameters<ClipSearcher['search']>) {
    this.asked.push(wish);
    if (wish.query === 'hold') {
      this.held = signal;
      await pause(60_000, undefined, { signal });
    }
    const why = { frameWeights: [1], frames: [0.5], wordWeights: [0.25] };
    return {
      results: [{ videoId, name: 'a.mp4', score: 0.5, ...why }],
      words: [{ text: wish.query }],
      pending: 2,
    };
  }

  async classify(wish: Parameters<ClipSearcher['classify']>[0]) {
    this.asked.push(wish);
    if (wish.videoId !== videoId) throw new AppError('not_found', 'There is no clip with this id.');
    return {
      videoId,
      labels: wish.labels.slice(0, wish.k).map((label) => ({ label, score: 1, similarity: 1 })),
    };
  }

  async match(id: string, text: string) {
    this.asked.push({ id, text });
    return { videoId, score: 1, frameWeights: [1], frames: [0.5], words: [{ text, weight: 1 }] };
  }

  async attention() {
    const region = { left: 0, top: 0, width: 1, height: 1 };
    return { videoId, side: 1, region, frames: [{ time: 0.5, weights: [1] }] };
  }
}

describe('search over HTTP', () => {
  const folder = tempFolder();
  const searcher = new FakeSearcher();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { search: searcher });
  });
  after(() => server.close());

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  test('a query with what is left out filled in', async () => {
    const reply = await post('/search', { query: '  a red ball ' });
    assert.equal(reply.status, 200);
    assert.equal(searchReply.parse(await reply.json()).pending, 2);
    assert.deepEqual(searcher.asked.at(-1), { query: 'a red ball', k: 10 });
  });

  test('labels, with templates or without', async () => {
    const labels = ['left', 'right'];
    const reply = await post('/classify', { videoId, labels, templates: ['a video of {}', '{}'], k: 1 });
    assert.deepEqual(
      classifyReply.parse(await reply.json()).labels.map(({ label }) => label),
      ['left'],
    );
    assert.equal((await post('/classify', { videoId: 'b'.repeat(32), labels })).status, 404);
  });

  const refused: Record<string, [path: string, body: unknown, param: RegExp]> = {
    'no query': ['/search', {}, /^query/],
    'an empty query': ['/search', { query: '  ' }, /^query/],
    'a query that is a list': ['/search', { query: ['a'] }, /^query/],
    'a book as a query': ['/search', { query: 'a'.repeat(1001) }, /^query/],
    'more than a hundred': ['/search', { query: 'a', k: 101 }, /^k/],
    'half a clip': ['/search', { query: 'a', k: 0.5 }, /^k/],
    'no labels': ['/classify', { videoId, labels: [] }, /^labels/],
    'a label twice': ['/classify', { videoId, labels: ['a', 'b', 'a'] }, /^labels: one label is there twice/],
    'too many labels': ['/classify', { videoId, labels: numbers(1001) }, /^labels/],
    'no clip': ['/classify', { labels: ['a'] }, /^videoId/],
    'a path as a clip': ['/classify', { videoId: '../../etc/passwd', labels: ['a'] }, /^videoId/],
    'a template without a place': ['/classify', { videoId, labels: ['a'], template: 'b' }, /^template/],
    'both kinds of templates': [
      '/classify',
      { videoId, labels: ['a'], template: '{}', templates: ['{}'] },
      /^templates: give template or templates/,
    ],
    'too many wordings': [
      '/classify',
      {
        videoId,
        labels: numbers(1000),
        templates: ['{}', '{}a', '{}b', '{}c', '{}d'],
      },
      /^labels: labels times templates/,
    ],
    'no text': [`/videos/${videoId}/match`, {}, /^text/],
    'no JSON': ['/search', '{"query": "a', /cannot be read/],
    'a number': ['/search', '7', /cannot be read|expected object/],
  };
  for (const [name, [path, body, message]] of Object.entries(refused)) {
    test(`refused: ${name}`, async () => {
      const before = searcher.asked.length;
      const reply = await post(path, body);
      const { error } = errorBody.parse(await reply.json());
      assert.deepEqual([reply.status, error.code], [400, 'invalid_request'], error.message);
      assert.match(error.message, message);
      assert.equal(searcher.asked.length, before);
    });
  }

  test('any JSON at all gets an answer in our form', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/search', '/classify', `/videos/${videoId}/match`),
        fc.json(),
        async (path, body) => {
          const reply = await post(path, body);
          assert.equal(reply.status, 400);
          errorBody.parse(await reply.json());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('who goes away is not searched for any longer', async () => {
    const leaving = new AbortController();
    const asked = fetch(`${server.url}/v1/search`, {
      method: 'POST',
      body: JSON.stringify({ query: 'hold' }),
      signal: leaving.signal,
      headers: { 'content-type': 'application/json' },
    });
    while (searcher.held === undefined) await new Promise(setImmediate);
    leaving.abort();
    await assert.rejects(asked);
    const { held } = searcher;
    if (!held.aborted) await new Promise((resolve) => held.addEventListener('abort', resolve));
  });
});

const folder = tempFolder();

test('a model that cannot search says so everywhere', async () => {
  const server = await startServer(folder);
  try {
    const [model] = modelList.parse(await (await fetch(`${server.url}/v1/models`)).json()).data;
    assert.equal(model?.search, false);
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${server.url}/v1${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    for (const reply of [
      await post('/search', { query: 'a' }),
      await post('/classify', { videoId, labels: ['a'] }),
      await post(`/videos/${videoId}/match`, { text: 'a' }),
      await fetch(`${server.url}/v1/videos/${videoId}/attention`),
    ]) {
      assert.equal(reply.status, 501);
      assert.equal(errorBody.parse(await reply.json()).error.code, 'unsupported');
    }
  } finally {
    await server.close();
  }
});

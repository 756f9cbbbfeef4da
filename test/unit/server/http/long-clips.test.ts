import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { RestClient } from '#contract/client-rest.ts';
import { errorBody } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { PartFinder } from '#http/long-clips.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

const videoId = 'a'.repeat(32);
const other = 'b'.repeat(32);
const missing = 'c'.repeat(32);

/** Knows one clip of a minute, and keeps what it was asked. */
class FakeFinder implements PartFinder {
  readonly chapterStyle = 'short';
  readonly asked: unknown[] = [];
  /** Of a request that is held. */
  held: AbortSignal | undefined;

  segments(id: string) {
    return { videoId: known(id), segments: [{ start: 0, end: 20, ...fresh }], complete: false };
  }

  chapters(id: string) {
    return { videoId: known(id), chapters: [{ start: 0, end: 60, title: 'A ball.' }], pending: false };
  }

  async moments(...[id, wish, { signal }]: Parameters<PartFinder['moments']>) {
    known(id);
    this.asked.push(wish);
    if (wish.query === 'hold') {
      this.held = signal;
      await pause(60_000, undefined, { signal });
    }
    return { videoId: id, results: [{ start: 20, end: 40, score: 0.5 }], seen: 40, duration: 60 };
  }

  async copies(...[id, wish]: Parameters<PartFinder['copies']>) {
    known(id);
    this.asked.push(wish);
    const copy = { start: 1, end: 9, otherStart: 21, otherEnd: 29, score: 0.99 };
    return { videoId: id, results: [{ videoId: other, name: 'b.mp4', ...copy }] };
  }
}

const fresh = { repeats: false, encoded: true };

function known(id: string): string {
  if (id !== videoId) throw new AppError('not_found', 'There is no clip with this id.');
  return id;
}

describe('parts of long clips over HTTP', () => {
  const folder = tempFolder();
  const finder = new FakeFinder();
  let server: RunningServer;
  let rest: RestClient;
  before(async () => {
    server = await startServer(folder, { longClips: finder });
    rest = new RestClient({ url: server.url });
  });
  after(() => server.close());

  const post = (path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${server.url}/v1/videos/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: signal ?? null,
    });

  test('segments and chapters, as the client reads them', async () => {
    assert.deepEqual(await rest.segments(videoId), finder.segments(videoId));
    assert.deepEqual(await rest.chapters(videoId), finder.chapters(videoId));
  });

  test('moments, with what is left out filled in', async () => {
    const { results, seen } = await rest.moments(videoId, { query: '  a red ball ' });
    assert.deepEqual([results, seen], [[{ start: 20, end: 40, score: 0.5 }], 40]);
    assert.deepEqual(finder.asked.at(-1), { query: 'a red ball', k: 3 });
    await rest.moments(videoId, { query: 'a', k: 50 });
    assert.deepEqual(finder.asked.at(-1), { query: 'a', k: 50 });
  });

  test('copies, in the clips that are named or in all', async () => {
    const { results } = await rest.copies(videoId, { videoIds: [other] });
    assert.equal(results[0]?.otherStart, 21);
    assert.deepEqual(finder.asked.at(-1), { videoIds: [other] });
    const bare = await fetch(`${server.url}/v1/videos/${videoId}/copies`, { method: 'POST' });
    assert.equal(bare.status, 200);
    assert.deepEqual(finder.asked.at(-1), {});
  });

  test('a clip that is not there has no parts', async () => {
    const get = (path: string) => fetch(`${server.url}/v1/videos/${missing}/${path}`);
    const replies = [get('segments'), get('chapters'), post(`${missing}/moments`, { query: 'a' })];
    for (const reply of await Promise.all([...replies, post(`${missing}/copies`, {})])) {
      assert.equal(reply.status, 404);
      assert.equal(errorBody.parse(await reply.json()).error.code, 'not_found');
    }
  });

  const refused: Record<string, [path: string, body: unknown, message: RegExp]> = {
    'no query': ['moments', {}, /^query/],
    'an empty query': ['moments', { query: ' \n' }, /^query/],
    'a query that is a list': ['moments', { query: ['a'] }, /^query/],
    'a book as a query': ['moments', { query: 'a'.repeat(1001) }, /^query/],
    'no moments': ['moments', { query: 'a', k: 0 }, /^k/],
    'more than fifty moments': ['moments', { query: 'a', k: 51 }, /^k/],
    'half a moment': ['moments', { query: 'a', k: 1.5 }, /^k/],
    'no clips to look in': ['copies', { videoIds: [] }, /^videoIds/],
    'a path as a clip': ['copies', { videoIds: ['../../etc/passwd'] }, /^videoIds/],
    'one clip that is no list': ['copies', { videoIds: other }, /^videoIds/],
    'too many clips': ['copies', { videoIds: new Array(101).fill(other) }, /^videoIds/],
    'no JSON': ['moments', '{"query": "a', /cannot be read/],
    'a number': ['copies', '7', /cannot be read|expected object/],
  };
  for (const [name, [path, body, message]] of Object.entries(refused)) {
    test(`refused: ${name}`, async () => {
      const before = finder.asked.length;
      const reply = await post(`${videoId}/${path}`, body);
      const { error } = errorBody.parse(await reply.json());
      assert.deepEqual([reply.status, error.code], [400, 'invalid_request'], error.message);
      assert.match(error.message, message);
      assert.equal(finder.asked.length, before);
    });
  }

  test('any JSON at all gets an answer in our form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('moments', 'copies'), fc.json(), async (path, body) => {
        const reply = await post(`${videoId}/${path}`, body);
        if (reply.status === 200) return;
        assert.equal(reply.status, 400);
        errorBody.parse(await reply.json());
      }),
      { numRuns: 40 },
    );
  });

  test('who goes away is not searched for any longer', async () => {
    const leaving = new AbortController();
    const asked = post(`${videoId}/moments`, { query: 'hold' }, leaving.signal);
    while (finder.held === undefined) await new Promise(setImmediate);
    leaving.abort();
    await assert.rejects(asked);
    const { held } = finder;
    if (!held.aborted) await new Promise((resolve) => held.addEventListener('abort', resolve));
  });
});

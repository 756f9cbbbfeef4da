import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { filmstrip, videoResource } from '#contract/rest.ts';
import { attentionReply, classifyReply, matchReply, searchReply } from '#contract/search.ts';
import { readManifest } from '#models/package/read-manifest.ts';
import { sealPackage } from '#models/package/seal.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { writeWorldClip } from './world-clip.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const demo = smallPackage;
/** Clips of the demo world with captions of their own. */
const seeds = [1, 2, 3, 4, 5, 6];

describe('clips found by words', { timeout: 600_000 }, () => {
  const folder = tempFolder();
  const dataDir = join(folder, 'data');
  const clips = new Map<string, { caption: string; path: string }>();
  let server: ServerProcess;

  async function call<S extends z.ZodType>(schema: S, path: string, body?: object): Promise<z.output<S>> {
    const reply = await fetch(`${server.url}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    const json: unknown = await reply.json();
    assert.equal(reply.status, 200, JSON.stringify(json));
    return schema.parse(json);
  }

  /** A search once nothing is pending; every answer says how much still is. */
  async function searchAll(query: string, k = 10): Promise<z.output<typeof searchReply>> {
    let reply = await call(searchReply, '/v1/search', { query, k });
    while (reply.pending > 0) {
      await pause(50);
      reply = await call(searchReply, '/v1/search', { query, k });
    }
    return reply;
  }

  async function upload(path: string): Promise<string> {
    const body = new FormData();
    body.append('file', new Blob([await readFile(path)]), basename(path));
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    return videoResource.parse(await reply.json()).id;
  }

  before(async () => {
    server = await startServer(demo, { DATA_DIR: dataDir });
    const captions = new Set<string>();
    for (const seed of seeds) {
      const path = join(folder, `${seed}.mp4`);
      const { caption } = await writeWorldClip(seed, path);
      if (captions.has(caption)) continue;
      captions.add(caption);
      clips.set(await upload(path), { caption, path });
    }
    assert.ok(clips.size >= 4);
  });
  after(() => server?.stop());

  test('each clip is the first that its caption finds, and the answer says which frames and words matched', async () => {
    for (const [id, { caption, path }] of clips) {
      const { results, words, pending } = await searchAll(caption);
      const [best, next] = results;
      assert.equal(pending, 0);
      assert.equal(results.length, clips.size);
      assert.equal(best?.videoId, id, caption);
      assert.equal(best.name, basename(path));
      assert.ok(best.score > (next?.score ?? 1));
      assert.equal(words.map(({ text }) => text).join(' '), caption);
      assert.equal(best.wordWeights.length, words.length);
      assert.equal(best.frameWeights.length, best.frames.length);
      assert.ok(Math.abs(best.frameWeights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-4);
    }
    const [only] = (await searchAll('anything', 1)).results;
    assert.ok(only !== undefined);
  });

  test('labels name what a clip shows; its frames are those of the film strip', async () => {
    for (const [id, { caption }] of clips) {
      const others = [...clips.values()].map((clip) => clip.caption);
      const { labels } = await call(classifyReply, '/v1/classify', { videoId: id, labels: others, k: 2 });
      assert.equal(labels[0]?.label, caption);
      assert.equal(labels.length, 2);
      const match = await call(matchReply, `/v1/videos/${id}/match`, { text: caption });
      const strip = await call(filmstrip, `/v1/videos/${id}/frames`);
      assert.deepEqual(
        match.frames,
        strip.frames.map(({ time }) => time),
      );
      const seen = await call(attentionReply, `/v1/videos/${id}/attention`);
      assert.deepEqual(
        seen.frames.map(({ time, weights }) => [time, weights.length]),
        match.frames.map((time) => [time, seen.side ** 2]),
      );
    }
  });

  test('the index outlives the process, and a deleted clip is gone from it', async () => {
    await server.end();
    server = await startServer(demo, { DATA_DIR: dataDir });
    const [[id, { caption, path }] = ['', { caption: '', path: '' }]] = [...clips];
    const first = await call(searchReply, '/v1/search', { query: caption });
    assert.equal(first.pending, 0, 'nothing is watched again');
    assert.equal(first.results[0]?.videoId, id);
    const gone = await fetch(`${server.url}/v1/videos/${id}`, { method: 'DELETE' });
    assert.equal(gone.status, 204);
    const after = await searchAll(caption);
    assert.equal(after.results.length, clips.size - 1);
    assert.ok(after.results.every(({ videoId }) => videoId !== id));
    assert.equal(await upload(path), id);
    assert.equal((await searchAll(caption)).results[0]?.videoId, id);
  });

  test('a clip is compared before the index has come to it', async () => {
    const path = join(folder, 'late.mp4');
    const { caption } = await writeWorldClip(99, path);
    const id = await upload(path);
    const { score } = await call(matchReply, `/v1/videos/${id}/match`, { text: caption });
    const found = (await searchAll(caption)).results.find(({ videoId }) => videoId === id);
    assert.ok(Math.abs((found?.score ?? 0) - score) < 1e-4);
  });

  test('what it counts: clips that can be found, and how long it took', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(text, /stan_llava_search_clips\{state="indexed"\} \d+/);
    assert.match(text, /stan_llava_search_seconds_count\{kind="search"\} [1-9]/);
  });

  test('a package with a cut-off leaves out what does not match, and finds nothing where nothing does', async () => {
    const [{ caption } = { caption: '' }] = clips.values();
    const [best, next] = (await searchAll(caption)).results;
    assert.ok(best !== undefined && next !== undefined);
    await server.end();
    const cutOff = (best.score + next.score) / 2;
    const strict = join(folder, 'strict package');
    await cp(smallPackage, strict, { recursive: true });
    const manifest = await readManifest(strict);
    assert.ok(manifest.retrieval !== undefined);
    await sealPackage(strict, { ...manifest, retrieval: { ...manifest.retrieval, cutOff } });
    server = await startServer(strict, { DATA_DIR: dataDir });
    const found = await searchAll(caption);
    assert.equal(found.cutOff, cutOff);
    assert.deepEqual(
      found.results.map(({ videoId }) => videoId),
      [best.videoId],
    );
    const nothing = await searchAll('why not ?');
    assert.deepEqual([nothing.results, nothing.cutOff], [[], cutOff]);
  });
});

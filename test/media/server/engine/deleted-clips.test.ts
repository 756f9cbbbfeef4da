import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { writeMp4 } from '#cli/write-mp4.ts';
import { TimeBudget } from '#core/time-budget.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { CachedVideoEncoder } from '#engine/cached-video-encoder.ts';
import { FilmStrips } from '#engine/media/film-strips.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { manifest } from './counting-manifest.ts';

const sha256 = 'ab'.repeat(32);
const { signal } = new AbortController();

describe('a clip that is deleted while it is read', () => {
  const folder = tempFolder();
  const path = join(folder, 'white.mp4');
  const source = { path, sha256 };
  beforeEach(async () => {
    const white = new Uint8Array(32 * 32 * 3).fill(255);
    await writeMp4(Array(10).fill(white), { width: 32, height: 32, fps: 10, path });
  });
  const frameStore = (budget?: TimeBudget) =>
    new FrameStore({
      queue: new WorkQueue({ label: 'decode', concurrency: 1, maxWaiting: 9 }),
      maxSeconds: 60,
      ...(budget !== undefined && { budget }),
    });

  test('is encoded for whoever waits, and its tokens are kept nowhere', async () => {
    const tokens = join(folder, 'tokens');
    const tokenStore = await TokenStore.open(tokens, { maxBytes: 1_000_000 });
    let runs = 0;
    const encoder = {
      encode: async () => {
        runs++;
        clips.forget(sha256);
        return { data: new Float32Array(10), count: 5, width: 2 };
      },
    };
    const parts = { manifest, packageHash: 'one', encoder, frames: frameStore(), tokenStore };
    const clips = new CachedVideoEncoder(parts);
    for (const run of [1, 2]) {
      assert.equal((await clips.encode(source, { signal })).tokens.count, 5);
      assert.deepEqual(await readdir(tokens), []);
      assert.equal(runs, run, 'memory has no tokens either');
    }
  });

  test('leaves no tokens where they are being written at that moment', async () => {
    const tokens = join(folder, 'written');
    const store = await TokenStore.open(tokens, { maxBytes: 1_000_000 });
    const encoder = { encode: async () => ({ data: new Float32Array(10), count: 5, width: 2 }) };
    const tokenStore = {
      get: store.get.bind(store),
      forget: store.forget.bind(store),
      set: (...args: Parameters<TokenStore['set']>) => {
        const written = store.set(...args);
        clips.forget(sha256);
        return written;
      },
    };
    const clips = new CachedVideoEncoder({
      manifest,
      packageHash: 'one',
      encoder,
      frames: frameStore(),
      tokenStore,
    });
    await clips.encode(source, { signal });
    assert.deepEqual(await readdir(tokens), []);
  });

  test('leaves no frames and no pictures in memory', async () => {
    const frames = frameStore();
    const strips = new FilmStrips(frames);
    const request = { count: 4, signal };
    const clip = await frames.probe(source, { signal });
    const sampled = frames.sample(clip, { ...request, onFrame: () => frames.forget(sha256) });
    const drawn = strips.of(source, { count: 4 }, signal);
    assert.equal((await sampled).length, 4);
    strips.forget(sha256);
    assert.equal((await drawn).length, 4);
    await rm(path);
    await assert.rejects(frames.sample(clip, request));
    await assert.rejects(strips.of(source, { count: 4 }, signal));
  });
});

test('a client that used up its decoding time is refused; others and background work are not', async () => {
  const folder = tempFolder();
  const path = join(folder, 'white.mp4');
  const white = new Uint8Array(32 * 32 * 3).fill(255);
  await writeMp4(Array(10).fill(white), { width: 32, height: 32, fps: 10, path });
  const queue = new WorkQueue({ label: 'decode', concurrency: 1, maxWaiting: 9 });
  // a millisecond: no ffmpeg is that fast
  const frames = new FrameStore({ queue, maxSeconds: 60, budget: new TimeBudget(0.001) });
  const probe = (turn: { client?: string; background?: boolean }) =>
    frames.probe({ path }, { signal, ...turn });
  await probe({ client: 'a', background: true });
  await probe({ client: 'a' });
  await assert.rejects(probe({ client: 'a' }), { code: 'rate_limited' });
  await assert.rejects(frames.probe({ path, sha256 }, { signal, client: 'a' }), { code: 'rate_limited' });
  await probe({ client: 'b' });
  await probe({ client: 'a', background: true });
});

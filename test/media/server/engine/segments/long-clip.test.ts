import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { writeMp4 } from '#cli/write-mp4.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { miniatureRate, streamMiniatures } from '#engine/media/miniatures.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import { probe } from '#engine/media/probe.ts';
import { LongClips, type KnownClip } from '#engine/segments/long-clips.ts';
import type { SegmentStore, StoredSegments } from '#engine/segments/segment-store.ts';
import type { Segment } from '#engine/segments/segment-cutter.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const fps = 10;
const [width, height] = [64, 36];
/** Seconds and grey of each scene of the clip. */
const scenes = [
  [6, 30],
  [8, 120],
  [40, 200],
  [4, 90],
] as const;
const length = 58;

function* pictures(): Generator<Uint8Array> {
  for (const [seconds, grey] of scenes) {
    for (let i = 0; i < seconds * fps; i++) yield new Uint8Array(width * height * 3).fill(grey);
  }
}

/** Keeps what a server would. */
class MapStore implements SegmentStore {
  segments: Segment[] = [];
  isWhole = false;
  read(): StoredSegments {
    return { segments: [...this.segments], isWhole: this.isWhole, embeddings: new Map() };
  }
  append(_key: unknown, segments: readonly Segment[], isWhole: boolean): void {
    this.segments.push(...segments);
    this.isWhole = isWhole;
  }
  keepEmbedding(): void {}
}

describe('a long clip', () => {
  const folder = tempFolder();
  const path = join(folder, 'long.mp4');
  const signal = new AbortController().signal;
  let clip: KnownClip;
  before(async () => {
    await writeMp4(pictures(), { width, height, fps, path });
    clip = { path, sha256: 'a'.repeat(64), facts: await probe(path) };
  });

  function longClips(store: SegmentStore): LongClips {
    const queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
    const frames = new FrameStore({ queue, maxSeconds: 60 });
    const cutting = { minSeconds: 2, maxSeconds: 20 };
    return new LongClips({ frames, retrieval: undefined, packageHash: 'p', cutting, store });
  }

  test('comes in miniature at an even rate, from the start or from within', async () => {
    for (const start of [0, 10]) {
      const seen: { time: number; grey: number }[] = [];
      const onPicture = (picture: Uint8Array, time: number) => seen.push({ time, grey: picture[300] ?? 0 });
      await streamMiniatures(path, { start, end: length, onPicture, signal });
      assert.ok(Math.abs(seen.length - (length - start) * miniatureRate) <= 1, `${seen.length} pictures`);
      for (const { time, grey } of seen) {
        // at a cut, half a picture's time is as good as any
        if ([6, 14, 54].some((cut) => Math.abs(cut - time) < 0.5)) continue;
        const shown = time < 6 ? 30 : time < 14 ? 120 : time < 54 ? 200 : 90;
        assert.ok(Math.abs(grey - shown) < 8, `${grey} at ${time} s`);
      }
    }
  });

  test('is cut where it changes, and a still stretch is encoded once', async () => {
    const store = new MapStore();
    const long = longClips(store);
    assert.ok(long.isLong(clip));
    await long.cut(clip, { signal });
    const found = long.scenes(clip);
    const ends = found.map(({ end }) => end);
    for (const [i, end] of [6, 14, 54, length].entries()) {
      assert.ok(Math.abs((ends[i] ?? 0) - end) <= 0.5, `${ends}`);
    }
    assert.equal(found.length, 4);
    assert.ok((found[2]?.encoded.end ?? 0) - (found[2]?.encoded.start ?? 0) <= 20);
    assert.equal(store.isWhole, true);
  });

  test('goes on where an earlier run was cut off', async () => {
    const store = new MapStore();
    store.segments.push({ start: 0, end: 6, repeats: false });
    const cut = await longClips(store).cut(clip, { signal });
    assert.equal(cut.segments[1]?.start, 6);
    assert.ok(Math.abs((cut.segments[1]?.end ?? 0) - 14) <= 0.5);
    assert.equal(cut.segments.at(-1)?.end, clip.facts.duration);
  });

  test('is cancelled in the middle, and what was cut is kept', async () => {
    const store = new MapStore();
    const stop = new AbortController();
    const { append } = store;
    store.append = (key, segments, isWhole) => {
      append.call(store, key, segments, isWhole);
      stop.abort();
    };
    await assert.rejects(longClips(store).cut(clip, { signal: stop.signal }));
    assert.equal(store.isWhole, false);
    assert.equal(store.segments[0]?.start, 0);
  });

  test('that was removed and comes again is cut again', async () => {
    const store = new MapStore();
    const long = longClips(store);
    await long.cut(clip, { signal });
    [store.segments, store.isWhole] = [[], false];
    long.forget(clip.sha256);
    assert.equal(long.known(clip).segments.length, 0);
    await long.cut(clip, { signal });
    assert.ok(store.isWhole && store.segments.length > 0);
  });

  test('that is short enough is no long clip, nor is a part of one', () => {
    const long = longClips(new MapStore());
    assert.ok(!long.isLong({ ...clip, facts: { ...clip.facts, duration: 20 } }));
    assert.ok(!long.isLong({ ...clip, part: { start: 3, end: 9 } }));
    assert.ok(long.isLong({ ...clip, part: { start: 3, end: 50 } }));
  });

  test('parts are decoded ahead by one process as one by one, and are found in memory', async () => {
    const parts = [
      { start: 0, end: 6 },
      { start: 6, end: 14 },
      { start: 50, end: 58 },
    ];
    const copy = join(folder, 'copy.mp4');
    await copyFile(path, copy);
    const own = { ...clip, path: copy };
    const queue = () => new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
    const each = new FrameStore({ queue: queue(), maxSeconds: 60 });
    const expected = [];
    for (const part of parts) expected.push(await each.sample({ ...own, part }, { count: 4, signal }));
    const ahead = new FrameStore({ queue: queue(), maxSeconds: 60 });
    assert.equal(await ahead.sampleAhead(own, parts, { count: 4, signal }), 3);
    // what is not in memory cannot come from anywhere
    await rm(copy);
    for (const [i, part] of parts.entries()) {
      assert.deepEqual(await ahead.sample({ ...own, part }, { count: 4, signal }), expected[i]);
    }
  });

  test('no more parts are decoded ahead than have room, and none of a clip that is deleted meanwhile', async () => {
    const parts = Array.from({ length: 8 }, (_, i) => ({ start: 7 * i, end: 7 * i + 7 }));
    const queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
    const frameBytes = width * height * 3;
    const store = new FrameStore({ queue, maxSeconds: 60, maxBytes: 2 * 3 * 4 * frameBytes });
    assert.equal(await store.sampleAhead(clip, parts, { count: 4, signal }), 3);
    const decoding = store.sampleAhead(clip, parts.slice(3), { count: 4, signal });
    store.forget(clip.sha256);
    await decoding;
    const gone = { ...clip, path: join(folder, 'gone.mp4') };
    await assert.rejects(store.sample({ ...gone, part: { start: 21, end: 28 } }, { count: 4, signal }));
  });

  test('a part is sampled within its bounds', async () => {
    const queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
    const store = new FrameStore({ queue, maxSeconds: 60 });
    const frames = await store.sample({ ...clip, part: { start: 14, end: 54 } }, { count: 4, signal });
    assert.deepEqual(
      frames.map(({ time }) => time),
      [19, 29, 39, 49],
    );
    for (const { rgb } of frames) assert.ok(Math.abs((rgb[0] ?? 0) - 200) < 8);
    const whole = await store.sample(clip, { count: 4, signal });
    assert.notDeepEqual(
      whole.map(({ time }) => time),
      [19, 29, 39, 49],
      'under a key of its own',
    );
  });
});

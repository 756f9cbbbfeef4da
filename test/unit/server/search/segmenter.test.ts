import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, describe, test } from 'node:test';
import { AppError } from '#errors';
import { Segmenter } from '#search/segmenter.ts';

/** Encodes a clip when it is told to, or until it is aborted. */
class Encoding extends EventEmitter {
  readonly started: string[] = [];
  readonly aborted: string[] = [];
  readonly failed: [string, string][] = [];

  encode = async (videoId: string, signal: AbortSignal): Promise<void> => {
    this.started.push(videoId);
    this.emit('started');
    try {
      const [error] = await once(this, `end ${videoId}`, { signal });
      if (error !== undefined) throw error;
    } finally {
      if (signal.aborted) {
        this.aborted.push(videoId);
        this.emit('aborted');
      }
    }
  };
}

describe('segments in the background', () => {
  const segmenters: Segmenter[] = [];
  after(() => Promise.all(segmenters.map((segmenter) => segmenter.close())));

  function open(unfinished: readonly string[] = []) {
    const encoding = new Encoding();
    const segmenter = new Segmenter({
      unfinished: () => unfinished,
      isLong: (videoId) => !videoId.startsWith('short'),
      encode: encoding.encode,
      markFailed: (videoId, problem) => encoding.failed.push([videoId, problem]),
      observer: { onWarning: () => encoding.emit('warning') },
    });
    segmenters.push(segmenter);
    return { encoding, segmenter };
  }

  test('what earlier runs left comes first, one clip at a time, the newest first', async () => {
    const { encoding, segmenter } = open(['old', 'new']);
    segmenter.start();
    assert.deepEqual(encoding.started, ['new']);
    assert.equal(segmenter.pending, 2);
    const started = once(encoding, 'started');
    encoding.emit('end new');
    await started;
    assert.deepEqual(encoding.started, ['new', 'old']);
    assert.equal(segmenter.pending, 1);
  });

  test('a clip that is added is encoded if it is long', () => {
    const { encoding, segmenter } = open();
    segmenter.onClipAdded('short one');
    segmenter.onClipAdded('film');
    assert.deepEqual(encoding.started, ['film']);
  });

  test('a clip that is removed is given up', async () => {
    const { encoding, segmenter } = open(['waiting', 'film']);
    segmenter.start();
    segmenter.onClipRemoved('waiting');
    const aborted = once(encoding, 'aborted');
    segmenter.onClipRemoved('film');
    await aborted;
    await segmenter.close();
    assert.deepEqual(encoding.started, ['film']);
    assert.deepEqual(encoding.failed, []);
  });

  test('a clip that cannot be read is marked, and the next has its turn', async () => {
    const { encoding, segmenter } = open(['next', 'damaged']);
    segmenter.start();
    const started = once(encoding, 'started');
    encoding.emit('end damaged', new AppError('bad_video', 'Damaged.'));
    await started;
    assert.deepEqual(encoding.failed, [['damaged', 'bad_video']]);
  });

  test('any other failure is told, and tried again at the next start', async () => {
    const { encoding, segmenter } = open(['film']);
    segmenter.start();
    const warning = once(encoding, 'warning');
    encoding.emit('end film', new AppError('storage_full', 'Full.'));
    await warning;
    assert.deepEqual(encoding.failed, []);
  });
});

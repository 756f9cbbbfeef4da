import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, beforeEach, describe, test } from 'node:test';
import type { EmbeddedClip } from '#engine/retrieval/retrieval.ts';
import { AppError } from '#errors';
import { Indexer, type IndexerParts } from '#search/indexer.ts';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { EmbeddingStore } from '#store/embedding-store.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const embedded: EmbeddedClip = {
  frames: { data: Float32Array.of(3, 4), count: 1, width: 2 },
  times: [0.5],
};

/** Clips that are known, and a word of each that becomes so. */
class NoticedIndex extends Map<string, Float32Array> {
  readonly #news = new EventEmitter();

  override set(videoId: string, direction: Float32Array): this {
    super.set(videoId, direction);
    this.#news.emit(videoId);
    return this;
  }

  async until(videoId: string): Promise<void> {
    if (!this.has(videoId)) await once(this.#news, videoId);
  }
}

describe('learning clips', () => {
  const folder = tempFolder();
  const databases: Database[] = [];
  const indexers: Indexer[] = [];
  after(async () => {
    for (const indexer of indexers) await indexer.close();
    for (const database of databases) database.close();
  });
  let clips: ClipStore;
  let store: EmbeddingStore;
  let index: NoticedIndex;
  beforeEach(async () => {
    const database = Database.open(join(folder, `${databases.length}.db`));
    clips = await ClipStore.open(database, join(folder, `clips ${databases.length}`));
    store = new EmbeddingStore(database, { packageHash: 'a', sampler: 'middles' });
    index = new NoticedIndex();
    databases.push(database);
  });

  async function upload(content: string): Promise<string> {
    const limits = { maxBytes: 1000, signal: new AbortController().signal };
    const received = await clips.receive(Readable.from([Buffer.from(content)]), limits);
    return (
      await clips.keep(operator, received, { name: '', duration: 2, width: 6, height: 4, format: 'mov' })
    ).id;
  }

  const unexpected = (what: string, error: unknown): void => assert.fail(`${what}: ${error}`);
  function indexer(embed: IndexerParts['embed'], onWarning = unexpected): Indexer {
    const started = new Indexer({ store, index, embed, observer: { onWarning } });
    indexers.push(started);
    clips.observe(started);
    started.start();
    return started;
  }

  test('what was there before is taken up, the rest is learnt, the newest first', async () => {
    const [old, older, newer] = [await upload('old'), await upload('older'), await upload('newer')];
    store.keep(old, Float32Array.of(1, 0), embedded);
    const order: string[] = [];
    const { pending } = indexer(async (id) => {
      order.push(id);
      return embedded;
    });
    assert.equal(pending, 2);
    assert.deepEqual(index.get(old), Float32Array.of(1, 0));
    await index.until(older);
    assert.deepEqual(order, [newer, older]);
    assert.deepEqual(
      [...(index.get(newer) ?? [])].map((value) => value.toFixed(3)),
      ['0.600', '0.800'],
    );
    assert.deepEqual(store.find([newer]), [{ videoId: newer, ...embedded }]);
  });

  test('an upload is learnt by itself, once, and forgotten when it goes', async () => {
    let count = 0;
    const gate = new EventEmitter();
    const learning = indexer(async () => {
      count++;
      if (count === 1) await once(gate, 'open');
      return embedded;
    });
    const id = await upload('a');
    assert.deepEqual([learning.pending, index.has(id)], [1, false]);
    gate.emit('open');
    await index.until(id);
    await upload('a');
    assert.deepEqual([learning.pending, count], [0, 1]);
    await clips.remove(operator, id);
    assert.ok(!index.has(id));
    await upload('a');
    await index.until(id);
    assert.equal(count, 2);
  });

  test('a clip that goes while it is watched is not learnt', async () => {
    const gone: string[] = [];
    indexer(async (id) => {
      if (gone.length === 0) {
        gone.push(id);
        await clips.remove(operator, id);
      }
      return embedded;
    });
    const first = await upload('first');
    await index.until(await upload('second'));
    assert.deepEqual(gone, [first]);
    assert.ok(!index.has(first));
    assert.deepEqual([store.find([first]), store.unknown()], [[], []]);
  });

  test('one that cannot be read is left alone, also after a restart, until it is uploaded again', async () => {
    let readable = false;
    const embed = async (id: string): Promise<EmbeddedClip> => {
      if (id === bad && !readable) throw new AppError('bad_video', 'no video');
      return embedded;
    };
    const [bad, good] = [await upload('bad'), await upload('good')];
    // the newest is tried first: with the older one known, both had their turn
    const later = indexer(embed);
    await index.until(good);
    const last = await upload('last');
    await index.until(last);
    assert.deepEqual([later.pending, index.has(bad)], [0, false]);
    assert.deepEqual(store.unknown(), []);
    readable = true;
    assert.equal(await upload('bad'), bad);
    await index.until(bad);
    assert.equal(store.find([bad]).length, 1);
  });

  test('what is not the clip’s fault is told, and tried again at the next start', async () => {
    const id = await upload('a');
    const told = await new Promise((resolve) => {
      indexer(
        async () => {
          throw new AppError('storage_full', 'The disk is full.');
        },
        (what, error) => resolve(`${what}: ${error}`),
      );
    });
    assert.match(`${told}`, /^a clip could not be indexed: .*disk is full/);
    assert.deepEqual(store.unknown(), [id]);
    indexer(async () => embedded);
    await index.until(id);
  });

  test('an embedding that cannot be written is told, and the next clip has its turn', async () => {
    const [first, second] = [await upload('a'), await upload('b')];
    let writes = 0;
    class FullStore extends EmbeddingStore {
      override keep(...args: Parameters<EmbeddingStore['keep']>): boolean {
        if (writes++ === 0) throw new AppError('storage_full', 'The disk is full.');
        return super.keep(...args);
      }
    }
    const database = databases.at(-1) ?? assert.fail('no database');
    store = new FullStore(database, { packageHash: 'a', sampler: 'middles' });
    const told: string[] = [];
    const learning = indexer(
      async () => embedded,
      (what, error) => told.push(`${what}: ${error}`),
    );
    await index.until(first);
    assert.match(told.join(), /^a clip could not be indexed: .*disk is full/);
    assert.deepEqual([learning.pending, index.has(second)], [0, false]);
    assert.deepEqual(store.unknown(), [second]);
  });

  test('closing stops the clip in work, and is no fault of it', async () => {
    const id = await upload('slow');
    const learning = indexer(async (_, signal) => {
      await once(signal, 'abort');
      throw signal.reason;
    });
    await learning.close();
    assert.deepEqual(store.unknown(), [id]);
  });
});

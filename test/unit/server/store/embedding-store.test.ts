import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { EmbeddingStore, type StoredEmbeddings } from '#store/embedding-store.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const key = { packageHash: 'a'.repeat(64), sampler: 'middles' };
const direction = Float32Array.of(0.6, 0.8);

function embeddings(...times: number[]): StoredEmbeddings {
  const data = Float32Array.from({ length: 2 * times.length }, (_, index) => index + 1 / 3);
  return { frames: { data, count: times.length, width: 2 }, times };
}

describe('embeddings in the database', () => {
  const folder = tempFolder();
  let database: Database;
  let clips: ClipStore;
  let store: EmbeddingStore;
  before(async () => {
    database = Database.open(join(folder, 'a.db'));
    clips = await ClipStore.open(database, join(folder, 'clips'));
    store = new EmbeddingStore(database, key);
  });
  after(() => database.close());

  async function keepClip(content: string): Promise<string> {
    const limits = { maxBytes: 1000, signal: new AbortController().signal };
    const upload = await clips.receive(Readable.from([Buffer.from(content)]), limits);
    const facts = { name: content, duration: 2, width: 64, height: 48, format: 'mov' };
    return (await clips.keep(operator, upload, facts)).id;
  }

  test('come back to the last bit, from another connection too, and go with their clip', async () => {
    const id = await keepClip('one');
    assert.deepEqual(store.unknown(), [id]);
    assert.deepEqual(store.find([id]), []);
    assert.equal(store.keep(id, direction, embeddings(0.25, 1.75)), true);
    const other = Database.open(join(folder, 'a.db'));
    assert.deepEqual(new EmbeddingStore(other, key).find([id, 'unknown']), [
      { videoId: id, ...embeddings(0.25, 1.75) },
    ]);
    assert.deepEqual([...new EmbeddingStore(other, key).directions()], [{ videoId: id, direction }]);
    other.close();
    assert.deepEqual(store.unknown(), []);

    await clips.remove(operator, id);
    assert.deepEqual(store.find([id]), []);
    assert.deepEqual([...store.directions()], []);
    assert.equal(store.keep(id, direction, embeddings(1)), false, 'a clip that is gone stays unknown');
  });

  test('any numbers there are', async () => {
    const id = await keepClip('any');
    const rows = fc.array(fc.float(), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 9 }), (all) => {
        const frames = { data: Float32Array.from(all.flat()), count: all.length, width: 2 };
        const times = all.map((_, frame) => frame / 3);
        store.keep(id, direction, { frames, times });
        assert.deepEqual(store.find([id]), [{ videoId: id, frames, times }]);
      }),
      { numRuns: 50 },
    );
    await clips.remove(operator, id);
  });

  test('each package and sampler has its own', async () => {
    const id = await keepClip('two');
    store.keep(id, direction, embeddings(1));
    for (const changed of [{ packageHash: 'b'.repeat(64) }, { sampler: 'ends' }]) {
      const other = new EmbeddingStore(database, { ...key, ...changed });
      assert.deepEqual(other.unknown(), [id]);
      assert.deepEqual(other.find([id]), []);
      assert.deepEqual([...other.directions()], []);
    }
    await clips.remove(operator, id);
  });

  test('a clip that cannot be read is known as such, until it can', async () => {
    const id = await keepClip('three');
    store.markFailed(id, 'bad_video');
    assert.deepEqual([store.unknown(), [...store.directions()]], [[], []]);
    assert.deepEqual(store.find([id]), []);
    store.keep(id, direction, embeddings(1));
    assert.deepEqual(store.find([id]), [{ videoId: id, ...embeddings(1) }]);
    await clips.remove(operator, id);
    store.markFailed(id, 'bad_video');
    assert.deepEqual(store.unknown(), []);
  });

  test('a library of many pages is read to its end', async () => {
    const ids: string[] = [];
    for (let clip = 0; clip < 60; clip++) ids.push(await keepClip(`clip ${clip}`));
    const few = new EmbeddingStore(database, key, { rowsAtOnce: 7 });
    for (const id of ids) few.keep(id, direction, embeddings(1));
    few.markFailed(ids[30]!, 'bad_video');
    assert.deepEqual(
      [...few.directions()].map(({ videoId }) => videoId).sort(),
      ids.filter((_, index) => index !== 30).sort(),
    );
  });
});

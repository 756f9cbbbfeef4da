import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { SegmentRows } from '#store/segment-rows.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('segments in the database', () => {
  const folder = tempFolder();
  const names = { packageHash: 'p', cutter: 'c' };
  let database: Database;
  let clips: ClipStore;
  let rows: SegmentRows;
  before(async () => {
    database = Database.open(join(folder, 'test.db'));
    clips = await ClipStore.open(database, join(folder, 'clips'));
    rows = new SegmentRows(database);
  });
  after(() => database.close());

  async function upload(content: string, duration = 60) {
    const limits = { maxBytes: 1000, signal: new AbortController().signal };
    const received = await clips.receive(Readable.from([Buffer.from(content)]), limits);
    const facts = { name: '', duration, width: 6, height: 4, format: 'mov' };
    return { ...(await clips.keep(operator, received, facts)), ...names };
  }
  const [first, second] = [
    { start: 0, end: 20, repeats: false },
    { start: 20, end: 40, repeats: true },
  ] as const;
  const embedding = { times: [1, 2], frames: { data: Float32Array.of(1, 2, 3, 4), count: 2, width: 2 } };

  test('what was kept is read again, by another object too', async () => {
    const key = await upload('one');
    assert.deepEqual(rows.read(key), { segments: [], isWhole: false, embeddings: new Map() });
    rows.append(key, [first], false);
    rows.append(key, [second], false);
    rows.keepEmbedding(key, 0, embedding);
    assert.equal(rows.read(key).isWhole, false);
    rows.append(key, [], true);
    const read = new SegmentRows(database).read(key);
    assert.deepEqual(read, {
      segments: [first, second],
      isWhole: true,
      embeddings: new Map([[0, embedding]]),
    });
  });

  test('of another package, or cut in another way, nothing is known', async () => {
    const key = await upload('two');
    rows.append(key, [first], true);
    assert.deepEqual(rows.read({ ...key, packageHash: 'q' }).segments, []);
    assert.deepEqual(rows.read({ ...key, cutter: 'd' }).segments, []);
  });

  test('long clips are unfinished until they are encoded or known to fail', async () => {
    const [long, short] = [await upload('three'), await upload('four', 5)];
    const isUnfinished = () => rows.unfinished(names, 20).includes(long.id);
    assert.ok(isUnfinished() && !rows.unfinished(names, 20).includes(short.id));
    rows.append(long, [first], true);
    assert.ok(isUnfinished());
    rows.mark(long, 'encoded');
    assert.ok(!isUnfinished());
    rows.mark(long, 'bad_video');
    assert.ok(!isUnfinished());
  });

  test('chapters are kept with them', async () => {
    const key = await upload('five');
    rows.append(key, [first], true);
    assert.equal(rows.chapters(key), undefined);
    rows.keepChapters(key, [{ start: 0, end: 20, title: 'a dog' }]);
    assert.deepEqual(rows.chapters(key), [{ start: 0, end: 20, title: 'a dog' }]);
  });

  test('they go with their clip, and none is kept of a clip that is not there', async () => {
    const key = await upload('six');
    rows.append(key, [first], true);
    await clips.remove(operator, key.id);
    assert.deepEqual(rows.read(key).segments, []);
    rows.append(key, [first], true);
    assert.deepEqual(rows.read(key).segments, []);
  });
});

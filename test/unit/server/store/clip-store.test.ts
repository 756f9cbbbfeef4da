import assert from 'node:assert/strict';
import { createHash, pbkdf2 } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { ClipStore, type StoredClip } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { operator } from '#store/viewer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const facts = { name: 'a.mp4', duration: 2, width: 64, height: 48, format: 'mov' };
const limits = (maxBytes = 1000) => ({ maxBytes, signal: new AbortController().signal });
const bytes = (text: string) => Readable.from([Buffer.from(text)]);
const idOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

describe('the clip store', () => {
  const data = tempFolder();
  const folder = join(data, 'clips');
  let database: Database;
  let store: ClipStore;
  before(async () => {
    database = Database.open(join(data, 'a.db'));
    store = await ClipStore.open(database, folder);
  });
  after(() => database.close());
  afterEach(async () => {
    for (const { id } of store.list(operator, { limit: 1000 })) await store.remove(operator, id);
    assert.deepEqual(await readdir(folder), []);
  });

  const keep = async (content: string, name = 'a.mp4'): Promise<StoredClip> =>
    store.keep(operator, await store.receive(bytes(content), limits()), { ...facts, name });

  test('a kept clip is found with its facts, size and hash, also by a later store', async () => {
    const clip = await keep('moving pictures');
    const sha256 = createHash('sha256').update('moving pictures').digest('hex');
    const { createdAt, ...rest } = clip;
    assert.deepEqual(rest, { ...facts, id: sha256.slice(0, 32), sha256, bytes: 15 });
    assert(createdAt > 0);
    assert.equal(await readFile(store.path(clip.id), 'utf8'), 'moving pictures');

    const reopened = Database.open(join(data, 'a.db'));
    assert.deepEqual(await (await ClipStore.open(reopened, folder)).find(operator, clip.id), clip);
    reopened.close();
  });

  test('the same bytes are one clip under their first name, also when they come at once', async () => {
    const clips = await Promise.all(['a', 'b', 'c'].map((name) => keep('same', name)));
    const [first] = clips;
    assert.deepEqual(clips, [first, first, first]);
    assert.deepEqual(await keep('same', 'later'), first);
    assert.deepEqual(await readdir(folder), [`${idOf('same')}.clip`]);
    await keep('other');
    assert.equal(store.list(operator, { limit: 9 }).length, 2);
  });

  test('a clip whose file was lost gets it back from the same bytes', async () => {
    const clip = await keep('lost');
    await rm(store.path(clip.id));
    assert.deepEqual(await keep('lost', 'found'), clip);
    assert.equal(await readFile(store.path(clip.id), 'utf8'), 'lost');
  });

  test('lists go from new to old, and on from any clip, even where many came in one moment', async () => {
    const kept = await Promise.all(Array.from({ length: 20 }, (_, number) => keep(`clip ${number}`)));
    const newest = kept.toSorted((a, b) => b.createdAt - a.createdAt);
    assert.equal(new Set(kept.map(({ createdAt }) => createdAt)).size, 20);
    assert.deepEqual(store.list(operator, { limit: 20 }), newest);
    const before = newest[6]?.createdAt;
    assert.deepEqual(store.list(operator, { limit: 5, before }), newest.slice(7, 12));
  });

  test('an upload over the limit, cancelled, or broken off leaves no file', async () => {
    await assert.rejects(store.receive(bytes('four'), limits(3)), { code: 'too_large' });
    const cancelled = { maxBytes: 9, signal: AbortSignal.abort() };
    await assert.rejects(store.receive(bytes('four'), cancelled), { name: 'AbortError' });
    const breaking = Readable.from(
      (function* () {
        yield Buffer.from('half');
        throw new Error('gone');
      })(),
    );
    await assert.rejects(store.receive(breaking, limits()), /gone/);
    assert.deepEqual(await readdir(folder), []);
    await store.discard(await store.receive(bytes('four'), limits(4)));
    assert.deepEqual(await readdir(folder), []);
  });

  test('an upload that ends before its file is made leaves none', async () => {
    // while all threads are taken, files are not opened
    const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 50_000, 32, 'sha256'));
    await assert.rejects(store.receive(bytes('x'), { maxBytes: 9, signal: AbortSignal.abort() }));
    await Promise.all(busy);
    assert.deepEqual(await readdir(folder), []);
  });

  test('a clip that cannot be written down leaves no file, and a kept one is not discarded', async () => {
    const upload = await store.receive(bytes('x'), limits());
    await assert.rejects(store.keep(operator, upload, { ...facts, duration: Number.NaN }));
    await store.discard(upload);
    assert.deepEqual(await readdir(folder), []);

    const kept = await store.receive(bytes('x'), limits());
    const { id } = await store.keep(operator, kept, facts);
    await store.discard(kept);
    assert.equal(await readFile(store.path(id), 'utf8'), 'x');
  });

  test('no text but a known id finds or removes anything', async () => {
    const { id } = await keep('precious');
    await writeFile(join(data, 'secret.clip'), 'secret');
    const hostile = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('../secret', 'a/../../secret', `${id}\0`, `${id}/../${id}`, `${id}' OR 1=1 --`, '%'),
        fc.constantFrom('.', '..', '', '0'.repeat(32), id.toUpperCase().replace(/^\d*$/, 'A')),
      )
      .filter((text) => text !== id);
    const run = fc.asyncProperty(hostile, async (text) => {
      assert.throws(() => store.find(operator, text), { code: 'not_found' });
      await assert.rejects(store.remove(operator, text), { code: 'not_found' });
    });
    await fc.assert(run);
    assert.equal(await readFile(join(data, 'secret.clip'), 'utf8'), 'secret');
    assert.equal(await readFile(store.path(id), 'utf8'), 'precious');
  });

  test('names are kept as they came and lead nowhere', async () => {
    const part = fc.constantFrom(
      '..',
      '/',
      '\\',
      '\0',
      'etc',
      'passwd',
      '.part',
      '~',
      'C:',
      '%2e',
      '\n',
      "'",
    );
    const name = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    );
    const around = async () => (await readdir(data)).filter((file) => !file.startsWith('a.db')).sort();
    const before = await around();
    const run = fc.asyncProperty(name, fc.uuid(), async (text, content) => {
      const { id } = await keep(content, text);
      try {
        assert.equal(store.find(operator, id).name, text.replaceAll('\0', '\ufffd'));
        assert.deepEqual(await readdir(folder), [`${id}.clip`]);
        assert.deepEqual(await around(), before);
      } finally {
        await store.remove(operator, id);
      }
    });
    await fc.assert(run, { numRuns: 50 });
  });

  test('opening sweeps what a killed process left, and nothing else', async () => {
    const { id } = await keep('kept');
    const orphan = 'f'.repeat(32);
    const neighbour = `${orphan}.${process.ppid}.part`;
    const left = [`${orphan}.clip`, `${orphan}.4194399.part`, `${orphan}.${process.pid}.part`];
    for (const name of [...left, neighbour, 'notes.txt']) await writeFile(join(folder, name), 'left');
    await ClipStore.open(database, folder);
    assert.deepEqual((await readdir(folder)).sort(), [`${id}.clip`, neighbour, 'notes.txt'].sort());
    await Promise.all([neighbour, 'notes.txt'].map((name) => rm(join(folder, name))));
  });

  test('files without a row are set aside with a note, never deleted', async () => {
    const orphan = `${'e'.repeat(32)}.clip`;
    await keep('known');
    await writeFile(join(folder, orphan), 'precious');
    await ClipStore.open(database, folder);
    const [moment = ''] = (await readdir(join(data, 'quarantine'))).slice(-1);
    assert.equal(await readFile(join(data, 'quarantine', moment, orphan), 'utf8'), 'precious');
    assert.match(
      await readFile(join(data, 'quarantine', moment, 'NOTE.txt'), 'utf8'),
      /npm run -s stan-llava -- restore/,
    );
  });

  test('a new database, or another server’s, beside full folders is refused, and nothing is touched', async () => {
    const { id } = await keep('kept by the first');
    const fresh = Database.open(join(data, 'fresh.db'));
    const refused = { code: 'storage_unusable', message: /1 clips that this database does not know/ };
    await assert.rejects(ClipStore.open(fresh, folder), refused);
    await assert.rejects(ClipStore.open(fresh, folder), refused);
    fresh.close();
    assert.equal(await readFile(store.path(id), 'utf8'), 'kept by the first');
    assert.equal((await ClipStore.open(database, folder)).find(operator, id).id, id);
  });

  test('a deletion that a kill cut short is finished, or undone where it was not written down', async () => {
    const { id } = await keep('half deleted');
    await rename(store.path(id), store.path(id, 'deleted'));
    await ClipStore.open(database, folder);
    assert.equal(await readFile(store.path(id), 'utf8'), 'half deleted');
    await writeFile(join(folder, `${'d'.repeat(32)}.deleted`), 'gone');
    await ClipStore.open(database, folder);
    assert.deepEqual(await readdir(folder), [`${id}.clip`]);
  });

  test('each user has their own clips, sees shared ones, and the bytes go with the last owner', async () => {
    const [ann, bob] = [
      { user: 'ann', seesAll: false },
      { user: 'bob', seesAll: false },
    ];
    const upload = async (viewer: typeof ann, name: string) =>
      (await store.keep(viewer, await store.receive(bytes('both'), limits()), { ...facts, name })).id;
    const id = await upload(ann, 'ann.mp4');
    assert.throws(() => store.find(bob, id), { code: 'not_found' });
    assert.deepEqual(store.list(bob, { limit: 9 }), []);
    await store.share(ann, id, true);
    assert.equal(store.find(bob, id).name, 'ann.mp4');
    await assert.rejects(store.remove(bob, id), { code: 'forbidden' });
    await store.share(ann, id, false);
    assert.equal(await upload(bob, 'bob.mp4'), id);
    assert.equal(store.find(bob, id).name, 'bob.mp4');
    await store.remove(ann, id);
    assert.throws(() => store.find(ann, id), { code: 'not_found' });
    assert.equal(await readFile(store.path(id), 'utf8'), 'both');
    await store.remove(bob, id);
    assert.deepEqual(await readdir(folder), []);
  });

  test('a quota bounds what one user has, in clips and in bytes', async () => {
    const small = await ClipStore.open(database, folder, { quota: { maxBytes: 10, maxClips: 2 } });
    const put = async (content: string) =>
      small.keep(operator, await small.receive(bytes(content), limits()), facts);
    await put('123456');
    const upload = await small.receive(bytes('more'), limits());
    await small.keep(operator, upload, facts);
    const third = await small.receive(bytes('x'), limits());
    await assert.rejects(small.keep(operator, third, facts), { code: 'quota_exceeded' });
    await small.discard(third);
    await small.remove(operator, idOf('more'));
    assert.throws(() => small.requireQuota(operator, 5), {
      code: 'quota_exceeded',
      message: /6 bytes of the 10/,
    });
  });

  test('a folder that is none is no store', async () => {
    const path = join(data, 'file');
    await writeFile(path, '');
    await assert.rejects(ClipStore.open(database, path));
    await mkdir(join(data, 'deep'));
    await ClipStore.open(database, join(data, 'deep/er/clips'));
  });
});

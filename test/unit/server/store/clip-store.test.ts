import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { ClipStore } from '../../../../server/store/clip-store.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stan-llava-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const facts = { name: 'a.mp4', duration: 2, width: 64, height: 48, format: 'mov' };
const limits = (maxBytes = 1000) => ({ maxBytes, signal: new AbortController().signal });
const bytes = (text: string) => Readable.from([Buffer.from(text)]);

test('a kept clip is found with its facts, size and hash, also by a later store', async () => {
  const store = await ClipStore.open(folder);
  const clip = await store.keep(await store.receive(bytes('moving pictures'), limits()), facts);
  assert.match(clip.id, /^[0-9a-f]{32}$/);
  assert.equal(clip.bytes, 15);
  assert.equal(clip.sha256, createHash('sha256').update('moving pictures').digest('hex'));
  assert.deepEqual(await store.find(clip.id), clip);
  assert.equal(await readFile(store.path(clip.id), 'utf8'), 'moving pictures');
  assert.deepEqual(await (await ClipStore.open(folder)).find(clip.id), clip);
});

test('an upload over the limit, cancelled, or broken off leaves no file', async () => {
  const store = await ClipStore.open(folder);
  await assert.rejects(store.receive(bytes('four'), limits(3)), { code: 'too_large' });
  await assert.rejects(store.receive(bytes('four'), { maxBytes: 9, signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
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

test('discard does nothing to a clip that was kept', async () => {
  const store = await ClipStore.open(folder);
  const upload = await store.receive(bytes('x'), limits());
  const { id } = await store.keep(upload, facts);
  await store.discard(upload);
  assert.equal((await store.find(id)).id, id);
});

test('no text but a known id finds a clip', async () => {
  const store = await ClipStore.open(folder);
  await writeFile(join(folder, 'secret.json'), '{}');
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('secret', '../secret', 'a/../secret', '0'.repeat(32)),
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (id) => {
      await assert.rejects(store.find(id), { code: 'not_found' });
    }),
  );
});

test('opening sweeps what a killed process left, and nothing else', async () => {
  const store = await ClipStore.open(folder);
  const { id } = await store.keep(await store.receive(bytes('kept'), limits()), facts);
  const orphan = 'f'.repeat(32);
  const neighbour = `${orphan}.${process.ppid}.part`;
  for (const name of [
    `${orphan}.clip`,
    `${orphan}.4194399.part`,
    `${orphan}.${process.pid}.part`,
    neighbour,
  ]) {
    await writeFile(join(folder, name), 'left');
  }
  await ClipStore.open(folder);
  assert.deepEqual((await readdir(folder)).sort(), [`${id}.clip`, `${id}.json`, neighbour].sort());
});

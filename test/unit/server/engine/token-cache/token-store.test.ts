import assert from 'node:assert/strict';
import { readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StoredTokens, TokenKey } from '#engine/token-cache/token-file.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const key: TokenKey = {
  sha256: 'ab'.repeat(32),
  mode: 'stan',
  frames: 8,
  sampler: 'uniform',
  packageHash: 'cd'.repeat(32),
};
const timings = { probe: 1.5, sample: 20, preprocess: 3, encode: 400.25 };

function value(seed: number, count = 3, width = 4): StoredTokens {
  const data = Float32Array.from({ length: count * width }, (_, index) => seed + index / 7);
  return { tokens: { data, count, width }, frames: [0.25, 1.75], timings };
}
const clip = (number: number): TokenKey => ({ ...key, sha256: number.toString(16).padStart(64, '0') });

describe('video tokens on disk', () => {
  const base = tempFolder();
  let folders = 0;
  const newFolder = () => join(base, `tokens ${folders++}`);
  const openStore = (folder: string, maxBytes = 1_000_000) => TokenStore.open(folder, { maxBytes });

  test('come back to the last bit, also in a later store', async () => {
    const folder = newFolder();
    const store = await openStore(folder);
    assert.equal(await store.get(key), undefined);
    const float = fc.float({ noNaN: false });
    const seconds = fc.double({ min: 0, max: 1e6, noNaN: true }).filter((time) => !Object.is(time, -0));
    const run = fc.asyncProperty(
      fc.array(fc.array(float, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 9 }),
      fc.array(seconds, { maxLength: 9 }),
      async (rows, frames) => {
        const data = Float32Array.from(rows.flat());
        const stored = { tokens: { data, count: rows.length, width: 5 }, frames, timings };
        await store.set(key, stored);
        assert.deepEqual(await store.get(key), stored);
        assert.deepEqual(await (await openStore(folder)).get(key), stored);
      },
    );
    await fc.assert(run, { numRuns: 30 });
  });

  test('a view into a larger array is stored as what it shows', async () => {
    const store = await openStore(newFolder());
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    await store.set(key, { ...value(0), tokens: { data, count: 1, width: 2 } });
    assert.deepEqual((await store.get(key))?.tokens.data, new Float32Array([1, 2]));
  });

  test('any other setting is another clip', async () => {
    const store = await openStore(newFolder());
    const others: Partial<TokenKey>[] = [
      { sha256: 'ac'.repeat(32) },
      { mode: 'plain' },
      { frames: 9 },
      { sampler: 'uniform2' },
      { packageHash: '' },
      { sampler: 'uniform","x' },
      { order: 'reverse' },
    ];
    const keys = [key, ...others.map((other) => ({ ...key, ...other }))];
    for (const [seed, one] of keys.entries()) await store.set(one, value(seed));
    for (const [seed, one] of keys.entries()) assert.deepEqual(await store.get(one), value(seed));
  });

  test('a file that is damaged, cut, longer or of another key is a miss and goes', async () => {
    const folder = newFolder();
    const store = await openStore(folder);
    await store.set(key, value(1));
    const [name = ''] = await readdir(folder);
    const path = join(folder, name);
    const good = await readFile(path);
    const index = fc.nat({ max: good.length - 1 });
    const damaged = fc.oneof(
      fc.tuple(index, fc.integer({ min: 1, max: 255 })).map(([i, change]) => {
        const bytes = Buffer.from(good);
        bytes[i] = (bytes[i] ?? 0) ^ change;
        return bytes;
      }),
      index.map((length) => good.subarray(0, length)),
      fc.uint8Array({ minLength: 1 }).map((more) => Buffer.concat([good, more])),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.constant(Buffer.alloc(1_000_001)),
    );
    const run = fc.asyncProperty(damaged, async (bytes) => {
      await writeFile(path, bytes);
      assert.equal(await store.get(key), undefined);
      assert.deepEqual(await readdir(folder), []);
    });
    await fc.assert(run);

    await store.set(clip(1), value(1));
    const [other = ''] = await readdir(folder);
    await rename(join(folder, other), path);
    assert.equal(await store.get(key), undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  test('what was not used for longest makes room, also after a restart', async () => {
    const folder = newFolder();
    await (await openStore(folder)).set(clip(0), value(0));
    const [name = ''] = await readdir(folder);
    const { size } = await stat(join(folder, name));
    const maxBytes = 3 * size;
    const store = await openStore(folder, maxBytes);
    for (const number of [1, 2]) await store.set(clip(number), value(number));
    await store.get(clip(0));
    await store.set(clip(3), value(3));
    assert.equal(await store.get(clip(1)), undefined);
    for (const number of [0, 2, 3]) assert.deepEqual(await store.get(clip(number)), value(number));

    // the oldest by the clock is the first to go for a store that has seen none of them used
    const [oldest = ''] = await readdir(folder);
    await utimes(join(folder, oldest), 1, 1);
    const later = await openStore(folder, maxBytes);
    await later.set(clip(4), value(4));
    const left = await readdir(folder);
    assert.equal(left.length, 3);
    assert(!left.includes(oldest));
    await openStore(folder, size);
    assert.equal((await readdir(folder)).length, 1);
  });

  test('setting a key again takes no more room, and what cannot fit is not kept', async () => {
    const folder = newFolder();
    const store = await openStore(folder, 1000);
    await store.set(clip(1), value(1));
    for (let time = 0; time < 20; time++) await store.set(clip(2), value(time));
    assert.deepEqual(await store.get(clip(1)), value(1));
    assert.deepEqual(await store.get(clip(2)), value(19));
    await store.set(clip(3), value(3, 100, 100));
    assert.equal(await store.get(clip(3)), undefined);
    assert.deepEqual(await store.get(clip(1)), value(1));
  });

  test('writers and readers of one key, in two stores, never see half a file', async () => {
    const folder = newFolder();
    const stores = [await openStore(folder), await openStore(folder)];
    const large = value(1, 64, 1024);
    const work = Array.from({ length: 20 }, async (_, number) => {
      const store = stores[number % 2];
      await store?.set(key, large);
      assert.deepEqual(await store?.get(key), large);
    });
    await Promise.all(work);
    assert.equal((await readdir(folder)).length, 1);
  });

  test('opening sweeps what was being written, and leaves what is not ours', async () => {
    const folder = newFolder();
    await openStore(folder);
    const names = ['x.4194399.part', `x.${process.ppid}.part`, 'notes.txt'];
    for (const name of names) await writeFile(join(folder, name), 'x'.repeat(2000));
    await openStore(folder, 1000);
    assert.deepEqual((await readdir(folder)).sort(), names.slice(1).sort());
  });
});

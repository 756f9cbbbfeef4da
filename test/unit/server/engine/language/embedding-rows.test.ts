import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EmbeddingRows } from '#engine/language/embedding-rows.ts';
import { type ClipRows, clipRows } from '#engine/language/embedding-table.ts';

/** `value` decides the key, `count` the number of tokens. */
const clip = (value: number, count = 1): ClipRows =>
  clipRows({ data: new Float32Array(count).fill(value), count, width: 1 });

/** A table that remembers what was written into each row, and the clips in the order of their writing. */
function writtenRows(total: number) {
  const contents = new Map<number, string>();
  const writes: string[] = [];
  const rows = new EmbeddingRows(total, (indices, { key }) => {
    for (const [token, row] of indices.entries()) contents.set(row, `${key}/${token}`);
    writes.push(key);
    return Promise.resolve();
  });
  return { rows, contents, writes };
}

describe('embedding rows', () => {
  test('the same values are the same clip, and are written once', async () => {
    const { rows, writes } = writtenRows(2);
    for (let round = 0; round < 3; round++) (await rows.acquire([clip(1), clip(1)])).release();
    assert.equal(writes.length, 1);
  });

  test('the least recently used clip goes first', async () => {
    const { rows, writes } = writtenRows(2);
    for (const value of [1, 2, 1, 3, 1, 2]) (await rows.acquire([clip(value)])).release();
    assert.deepEqual(
      writes,
      [1, 2, 3, 2].map((value) => clip(value).key),
    );
  });

  test('a long clip evicts as many short ones as it needs, and no more', async () => {
    const { rows, writes } = writtenRows(6);
    for (const value of [1, 2, 3]) (await rows.acquire([clip(value, 2)])).release();
    (await rows.acquire([clip(4, 3)])).release();
    assert.deepEqual(rows.counts, { total: 6, filled: 5, inUse: 0 });
    (await rows.acquire([clip(3, 2)])).release();
    assert.equal(writes.length, 4);
    const all = await rows.acquire([clip(5, 6)]);
    assert.deepEqual(rows.counts, { total: 6, filled: 6, inUse: 6 });
    all.release();
  });

  test('a clip in use is never overwritten: busy, until it is released', async () => {
    const { rows } = writtenRows(4);
    const [one, two] = [await rows.acquire([clip(1, 2)]), await rows.acquire([clip(2, 2)])];
    await assert.rejects(rows.acquire([clip(3)]), { code: 'busy' });
    one.release();
    const three = await rows.acquire([clip(3)]);
    const used = [0, 1].map((token) => two.rowOf(clip(2, 2).key, token));
    assert.ok(!used.includes(three.rowOf(clip(3).key, 0)));
    await assert.rejects(rows.acquire([clip(4, 2)]), { code: 'busy' });
  });

  test('more tokens than rows can never be held', async () => {
    const { rows, writes } = writtenRows(2);
    await assert.rejects(rows.acquire([clip(1), clip(2, 2)]), { code: 'context_full' });
    assert.equal(writes.length, 0);
  });

  test('a write that fails leaves the rows free and the clip unknown', async () => {
    let broken = true;
    const rows = new EmbeddingRows(1, () => (broken ? Promise.reject(new Error('disk')) : Promise.resolve()));
    await assert.rejects(rows.acquire([clip(1)]), /disk/);
    assert.deepEqual(rows.counts, { total: 1, filled: 0, inUse: 0 });
    broken = false;
    (await rows.acquire([clip(1)])).release();
  });

  test('whatever is held and released, each token of a held clip lies in the row that the lease names', async () => {
    const one = fc.record({ value: fc.nat(6), count: fc.integer({ min: 1, max: 3 }) });
    const steps = fc.array(fc.record({ clips: fc.array(one, { maxLength: 4 }), release: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { rows, contents } = writtenRows(8);
        const held: { clips: ClipRows[]; lease: Awaited<ReturnType<EmbeddingRows['acquire']>> }[] = [];
        for (const { clips, release } of plan) {
          if (release) held.shift()?.lease.release();
          const wanted = clips.map(({ value, count }) => clip(value, count));
          const lease = await rows.acquire(wanted).catch(() => undefined);
          if (lease !== undefined) held.push({ clips: wanted, lease });
          for (const { clips, lease } of held)
            for (const { key, tokens } of clips)
              for (let token = 0; token < tokens.count; token++)
                assert.equal(contents.get(lease.rowOf(key, token)), `${key}/${token}`);
        }
        for (const { lease } of held) lease.release();
        assert.equal(rows.counts.inUse, 0);
      }),
    );
  });
});

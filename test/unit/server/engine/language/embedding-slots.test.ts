import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ClipRows, clipRows } from '#engine/language/embedding-table.ts';
import { EmbeddingSlots } from '#engine/language/embedding-slots.ts';

const clip = (value: number): ClipRows => clipRows({ data: new Float32Array([value]), count: 1, width: 1 });

/** Slots that remember what was written into them, in order. */
function writtenSlots(count: number) {
  const contents = new Map<number, string>();
  const writes: string[] = [];
  const slots = new EmbeddingSlots(count, (slot, { key }) => {
    contents.set(slot, key);
    writes.push(key);
    return Promise.resolve();
  });
  return { slots, contents, writes };
}

describe('video slots', () => {
  test('the same values are the same clip, and are written once', async () => {
    const { slots, writes } = writtenSlots(2);
    for (let round = 0; round < 3; round++) (await slots.acquire([clip(1), clip(1)])).release();
    assert.equal(writes.length, 1);
  });

  test('the least recently used clip goes first', async () => {
    const { slots, writes } = writtenSlots(2);
    for (const value of [1, 2, 1, 3, 1, 2]) (await slots.acquire([clip(value)])).release();
    assert.deepEqual(
      writes,
      [1, 2, 3, 2].map((value) => clip(value).key),
    );
  });

  test('a clip in use is never overwritten: busy, until it is released', async () => {
    const { slots } = writtenSlots(2);
    const [one, two] = [await slots.acquire([clip(1)]), await slots.acquire([clip(2)])];
    await assert.rejects(slots.acquire([clip(3)]), { code: 'busy' });
    one.release();
    const three = await slots.acquire([clip(3)]);
    assert.notEqual(three.slotOf(clip(3).key), two.slotOf(clip(2).key));
    await assert.rejects(slots.acquire([clip(4)]), { code: 'busy' });
  });

  test('more clips than slots can never be held', async () => {
    const { slots, writes } = writtenSlots(2);
    await assert.rejects(slots.acquire([clip(1), clip(2), clip(3)]), { code: 'context_full' });
    assert.equal(writes.length, 0);
  });

  test('a write that fails leaves the slot free and the clip unknown', async () => {
    let broken = true;
    const slots = new EmbeddingSlots(1, () =>
      broken ? Promise.reject(new Error('disk')) : Promise.resolve(),
    );
    await assert.rejects(slots.acquire([clip(1)]), /disk/);
    broken = false;
    (await slots.acquire([clip(1)])).release();
  });

  test('whatever is held and released, a held clip lies where it is said to lie', async () => {
    const steps = fc.array(
      fc.record({ clips: fc.array(fc.nat(6), { maxLength: 4 }), release: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { slots, contents } = writtenSlots(4);
        const held: { keys: string[]; hold: Awaited<ReturnType<EmbeddingSlots['acquire']>> }[] = [];
        for (const { clips, release } of plan) {
          if (release) held.shift()?.hold.release();
          const rows = clips.map(clip);
          const hold = await slots.acquire(rows).catch(() => undefined);
          if (hold !== undefined) held.push({ keys: rows.map(({ key }) => key), hold });
          for (const one of held)
            for (const key of one.keys) assert.equal(contents.get(one.hold.slotOf(key)), key);
        }
      }),
    );
  });
});

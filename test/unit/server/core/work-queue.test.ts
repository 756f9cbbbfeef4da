import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { WorkQueue } from '#core/work-queue.ts';

const { signal } = new AbortController();

/** Work that ends when it is told to. */
function held() {
  let end = (): void => undefined;
  const work = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => work, end };
}

describe('a queue of work', () => {
  const queueOf = (concurrency: number, maxWaiting: number) =>
    new WorkQueue({ concurrency, maxWaiting, label: 'be tested' });

  test('whoever waits hears the place, and every change of it', async () => {
    const queue = queueOf(1, 9);
    const first = held();
    const running = queue.run(first.work, { signal });
    const indices: number[][] = [[], [], []];
    const leaving = new AbortController();
    const signals = [signal, leaving.signal, signal];
    const waiting = signals.map((one, i) =>
      queue.run(async () => i, { signal: one, onQueuePosition: (index) => indices[i]?.push(index) }),
    );
    leaving.abort(new Error('gone'));
    await assert.rejects(waiting[1] ?? assert.fail(), /gone/);
    assert.deepEqual(indices, [[1], [2], [3, 2]]);
    first.end();
    await running;
    assert.deepEqual([await waiting[0], await waiting[2]], [0, 2]);
    assert.deepEqual(indices, [[1], [2], [3, 2, 1]]);
    assert.deepEqual([queue.running, queue.waiting], [0, 0]);
  });

  test('who comes when too many wait is refused, and the others are served', async () => {
    const queue = queueOf(1, 1);
    const first = held();
    const running = queue.run(first.work, { signal });
    const waiting = queue.run(async () => 'served', { signal });
    await assert.rejects(
      queue.run(async () => undefined, { signal }),
      {
        code: 'busy',
        message: 'The server is full: 1 others wait to be tested. Try again in a moment.',
      },
    );
    first.end();
    await running;
    assert.equal(await waiting, 'served');
  });

  test('never more at once than allowed, first come first served, whatever fails or leaves', async () => {
    const job = fc.record({ fails: fc.boolean(), leaves: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(job), async (concurrency, jobs) => {
        const queue = queueOf(concurrency, jobs.length);
        const started: number[] = [];
        let running = 0;
        const stops = jobs.map(() => new AbortController());
        const all = jobs.map(({ fails }, i) =>
          queue.run(
            async () => {
              started.push(i);
              running += 1;
              assert(running <= concurrency);
              await new Promise((resolve) => setImmediate(resolve));
              running -= 1;
              if (fails) throw new Error('failed');
            },
            { signal: stops[i]?.signal ?? signal },
          ),
        );
        for (const [i, { leaves }] of jobs.entries()) if (leaves) stops[i]?.abort();
        const ends = await Promise.allSettled(all);
        assert.deepEqual(
          started,
          [...started].sort((a, b) => a - b),
        );
        for (const [i, { fails, leaves }] of jobs.entries()) {
          const ran = started.includes(i);
          assert.equal(ran, !leaves || i < concurrency);
          assert.equal(ends[i]?.status, ran && !fails ? 'fulfilled' : 'rejected');
        }
        assert.deepEqual([queue.running, queue.waiting], [0, 0]);
      }),
    );
  });

  test('background work comes after all others, is never refused and takes no place from them', async () => {
    const queue = queueOf(1, 1);
    const first = held();
    const order: string[] = [];
    const indices: number[] = [];
    const running = queue.run(first.work, { signal });
    const leaving = new AbortController();
    const background = [signal, leaving.signal, signal].map((one, i) =>
      queue.run(async () => order.push(`background ${i}`), { signal: one, background: true }),
    );
    const person = queue.run(async () => order.push('person'), {
      signal,
      onQueuePosition: (position) => indices.push(position),
    });
    await assert.rejects(
      queue.run(async () => undefined, { signal }),
      /full/,
    );
    leaving.abort(new Error('gone'));
    await assert.rejects(background[1] ?? assert.fail(), /gone/);
    assert.equal(queue.waiting, 1);
    first.end();
    await Promise.all([running, person, background[0], background[2]]);
    assert.deepEqual(order, ['person', 'background 0', 'background 2']);
    assert.deepEqual(indices, [1]);
    assert.equal(queue.running, 0);
  });

  test('a client with many requests holds up no other', async () => {
    const queue = queueOf(1, 20);
    const first = held();
    const running = queue.run(first.work, { signal, client: 'many' });
    const order: string[] = [];
    const ask = (client: string, n: number) =>
      queue.run(async () => order.push(`${client} ${n}`), { signal, client });
    const many = Array.from({ length: 5 }, (_, n) => ask('many', n));
    const few = [ask('few', 0), ask('few', 1), ask('other', 0)];
    first.end();
    await Promise.all([running, ...many, ...few]);
    assert.deepEqual(order.slice(0, 2).sort(), ['few 0', 'other 0']);
    assert.deepEqual(
      order.filter((name) => name.startsWith('many')),
      ['many 0', 'many 1', 'many 2', 'many 3', 'many 4'],
    );
    assert.ok(order.indexOf('few 1') < order.indexOf('many 2'), order.join());
  });

  test('one client does not run in all places at once, and waits in half of the waiting places at most', async () => {
    const queue = queueOf(2, 4);
    const jobs = Array.from({ length: 3 }, held);
    const all = jobs.map(({ work }) => queue.run(work, { signal, client: 'many' }));
    assert.deepEqual([queue.running, queue.waiting], [1, 2]);
    await assert.rejects(
      queue.run(async () => undefined, { signal, client: 'many' }),
      { code: 'busy', message: /your share/ },
    );
    assert.equal(await queue.run(async () => 'served', { signal, client: 'other' }), 'served');
    assert.equal(queue.running, 1);
    for (const job of jobs) job.end();
    await Promise.all(all);
    assert.deepEqual([queue.running, queue.waiting], [0, 0]);
  });
});

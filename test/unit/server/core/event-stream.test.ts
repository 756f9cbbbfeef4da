import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { eventStream } from '#core/event-stream.ts';

const running = new AbortController().signal;

describe('an event stream', () => {
  test('does not wait for its reader, and loses nothing', async () => {
    let made = 0;
    const stream = eventStream<number, void>(running, async (push) => {
      for (made = 0; made < 5; made++) {
        push(made);
        await turn();
      }
    });
    assert.deepEqual(await stream.next(), { value: 0, done: false });
    while (made < 5) await turn();
    const rest: number[] = [];
    for await (const value of stream) rest.push(value);
    assert.deepEqual(rest, [1, 2, 3, 4]);
  });

  test('a reader who leaves stops the work and waits for its end', async () => {
    let ended = false;
    const stream = eventStream<number, void>(running, async (push, signal) => {
      for (let i = 0; !signal.aborted; i++) {
        push(i);
        await turn();
      }
      ended = true;
    });
    for await (const value of stream) if (value === 2) break;
    assert.ok(ended);
  });

  test('an error comes after the values made before it', async () => {
    const stream = eventStream<number, void>(running, async (push) => {
      push(1);
      await turn();
      throw new Error('broken');
    });
    assert.deepEqual(await stream.next(), { value: 1, done: false });
    await assert.rejects(stream.next(), /broken/);
  });
});

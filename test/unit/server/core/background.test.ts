import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { Background } from '#core/background.ts';
import { withLastResort } from '#core/last-resort.ts';

const planted = () => {
  throw new RangeError('planted');
};

describe('background work', () => {
  test('reports what it throws, at once, later and again and again', async () => {
    const reports: string[] = [];
    let enough = (): void => undefined;
    const reported = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const background = new Background((what, error) => {
      assert.ok(error instanceof RangeError);
      reports.push(what);
      if (reports.filter((one) => one === 'every').length === 2 && reports.includes('after')) enough();
    });
    background.run('run', planted);
    background.run('rejected', () => Promise.reject(new RangeError('planted')));
    background.attempt('attempt', planted);
    background.after(1, 'after', planted);
    background.every(1, 'every', planted);
    const alive = setInterval(() => undefined, 1000);
    await reported;
    clearInterval(alive);
    await background.close();
    assert.deepEqual([...new Set(reports)].sort(), ['after', 'attempt', 'every', 'rejected', 'run']);
  });

  test('a report that fails ends nothing; closing waits for what runs, and starts nothing more', async () => {
    const background = new Background(planted);
    background.run('run', planted);
    let ended = false;
    background.run('waits', async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    });
    await background.close();
    assert.ok(ended);
    background.run('late', () => assert.fail('runs after closing'));
    background.after(0, 'late', () => assert.fail('runs after closing'));
  });
});

describe('the last resort', () => {
  test('closes and starts again, a limited number of times, and ends with the signal', async () => {
    const errors: unknown[] = [];
    const source = new EventEmitter();
    let starts = 0;
    const failing = async (signal: AbortSignal): Promise<void> => {
      starts += 1;
      source.emit(starts === 1 ? 'unhandledRejection' : 'uncaughtException', new RangeError('planted'));
      assert.ok(signal.aborted);
    };
    const { signal } = new AbortController();
    const options = { signal, onError: (error: unknown) => errors.push(error), maxRestarts: 2, source };
    await assert.rejects(withLastResort(failing, options), { code: 'internal' });
    assert.deepEqual([starts, errors.length], [3, 3]);

    const stop = new AbortController();
    await withLastResort(async () => stop.abort(), { ...options, signal: stop.signal });
  });
});

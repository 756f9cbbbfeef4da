import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SingleFlight } from '#core/single-flight.ts';

/** Work in the test's hand. */
function held() {
  const prefill: AbortSignal[] = [];
  let report = (_progress: number): void => undefined;
  let end = (_result: string): void => undefined;
  const work = (options: { signal: AbortSignal; onProgress: (progress: number) => void }) => {
    prefill.push(options.signal);
    report = options.onProgress;
    return new Promise<string>((resolve, reject) => {
      end = resolve;
      options.signal.addEventListener('abort', () => setImmediate(reject, new Error('stopped')));
    });
  };
  return { work, prefill, report: (progress: number) => report(progress), end: (text: string) => end(text) };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('shared work', () => {
  test('is done once for all who want it at the same time; latecomers hear how far it is', async () => {
    const shared = new SingleFlight<number, string>();
    const { work, prefill, report, end } = held();
    const heard: number[][] = [[], [], []];
    const { signal } = new AbortController();
    const join = (i: number) =>
      shared.run('clip', { signal, onProgress: (progress) => heard[i]?.push(progress) }, work);
    const first = join(0);
    await turns();
    report(1);
    const others = [join(1), join(2)];
    report(2);
    end('seen');
    assert.deepEqual(await Promise.all([first, ...others]), ['seen', 'seen', 'seen']);
    assert.deepEqual(heard, [
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    assert.equal(prefill.length, 1);
    const again = join(0);
    await turns();
    assert.equal(prefill.length, 2);
    end('again');
    assert.equal(await again, 'again');
  });

  test('goes on while one is left, stops with the last, and starts anew for the next', async () => {
    const shared = new SingleFlight<number, string>();
    const { work, prefill, end } = held();
    const leaving = [new AbortController(), new AbortController()];
    const onProgress = () => undefined;
    const all = leaving.map(({ signal }) => shared.run('clip', { signal, onProgress }, work));
    await turns();
    leaving[0]?.abort(new Error('left'));
    await assert.rejects(all[0] ?? assert.fail(), /left/);
    assert.equal(prefill[0]?.aborted, false);
    const left = assert.rejects(all[1] ?? assert.fail(), /left too/);
    leaving[1]?.abort(new Error('left too'));
    await turns();
    assert.equal(prefill[0]?.aborted, true);
    const { signal } = new AbortController();
    const next = shared.run('clip', { signal, onProgress }, work);
    await left;
    assert.equal(prefill.length, 2);
    end('seen');
    assert.equal(await next, 'seen');
  });

  test('a failure is everybody\u2019s, and not remembered', async () => {
    const shared = new SingleFlight<number, string>();
    const { signal } = new AbortController();
    const options = { signal, onProgress: () => undefined };
    const fail = async () => {
      await turns();
      throw new Error('broken');
    };
    const ends = await Promise.allSettled([1, 2].map(() => shared.run('clip', options, fail)));
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(await shared.run('clip', options, async () => 'whole'), 'whole');
  });
});

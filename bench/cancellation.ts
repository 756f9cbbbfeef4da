import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '#engine/engine.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { testClip } from './clips.ts';
import { median } from './timing.ts';

/** Milliseconds from the abort until nothing of the work is left, the median of the runs. */
export interface CancellationTimes {
  /** ffmpeg is gone, and its place in the queue free. */
  readonly decode: number;
  /** A clip that waits to be encoded has left the queue. */
  readonly waiting: number;
  /** The language model is free, stopped in the middle of an answer. */
  readonly answer: number;
}

const runs = 7;

/** Stops work at each of its stages, again and again. */
export async function measureCancellation(
  packageFolder: string,
  workFolder: string,
  signal: AbortSignal,
): Promise<CancellationTimes> {
  const path = await testClip(workFolder, { size: '1920x1080', seconds: 30 }, signal);
  const dataDir = join(workFolder, 'cancel');
  const engine = await loadEngine(packageFolder, { dataDir, maxClipSeconds: 60, signal });
  try {
    return {
      decode: await medianOf(() => cancelDecode(engine, path)),
      waiting: await medianOf(() => cancelWaiting(engine, path)),
      answer: await medianOf(() => cancelAnswer(engine)),
    };
  } finally {
    await engine.dispose();
  }
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await measure());
  return median(times);
}

async function cancelDecode(engine: Engine, path: string): Promise<number> {
  const stop = new AbortController();
  const looking = engine.encode({ path }, { signal: stop.signal }).catch(() => undefined);
  while ((await ffmpegs()) === 0) await pause(1);
  const start = performance.now();
  stop.abort();
  await looking;
  while ((await ffmpegs()) > 0 || engine.queues.decode.running > 0) await pause(1);
  return performance.now() - start;
}

/** More clips at once than are decoded at once. */
async function cancelWaiting(engine: Engine, path: string): Promise<number> {
  const others = new AbortController();
  const busy = Array.from({ length: 8 }, () =>
    engine.encode({ path }, { signal: others.signal }).catch(() => undefined),
  );
  const stop = new AbortController();
  const last = engine.encode({ path }, { signal: stop.signal }).catch(() => undefined);
  while (engine.queues.decode.waiting === 0) await pause(1);
  const { waiting } = engine.queues.decode;
  const start = performance.now();
  stop.abort();
  await last;
  const time = performance.now() - start;
  if (engine.queues.decode.waiting !== waiting - 1) throw new Error('it still waits');
  others.abort();
  await Promise.all(busy);
  return time;
}

async function cancelAnswer(engine: Engine): Promise<number> {
  const stop = new AbortController();
  // at this temperature it does not come to an end by itself
  const settings = { temperature: 2, maxTokens: 2000, signal: stop.signal };
  let start = 0;
  for await (const event of engine.generate([{ question: 'x '.repeat(100), clips: [] }], settings)) {
    if (event.type !== 'token' || start > 0) continue;
    start = performance.now();
    stop.abort();
  }
  while (engine.queues.generate.running > 0) await pause(1);
  return performance.now() - start;
}

/** How many ffmpeg processes run below this one (Linux). */
async function ffmpegs(): Promise<number> {
  const threads = await readdir('/proc/self/task');
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8')),
  );
  const children = lists
    .join(' ')
    .split(' ')
    .filter((pid) => pid !== '');
  const names = await Promise.all(
    children.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name.trim() === 'ffmpeg').length;
}

import { join } from 'node:path';
import type { StageTimings } from '#contract/rest.ts';
import type { Engine } from '#engine/engine.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { ClipConversation } from '#engine/conversation.ts';
import { testClip, worldClip } from './clips.ts';
import { median } from './timing.ts';

const stages = ['probe', 'sample', 'preprocess', 'encode', 'prompt', 'firstToken', 'total'] as const;

export interface PathTimes {
  readonly clip: string;
  /** Milliseconds, the median of the runs. */
  readonly stages: Readonly<Record<(typeof stages)[number], number>>;
}

const runs = 7;

/** Asks one question about two clips, each seven times anew after one time that does not count. */
export async function measurePath(
  packageFolder: string,
  workFolder: string,
  signal: AbortSignal,
): Promise<readonly PathTimes[]> {
  const clips = [
    { clip: 'demo world, 240x240, 2 s', path: await worldClip(workFolder, signal) },
    {
      clip: 'test picture, 1280x720, 10 s',
      path: await testClip(workFolder, { size: '1280x720', seconds: 10 }, signal),
    },
  ];
  const dataDir = join(workFolder, 'data');
  const engine = await loadEngine(packageFolder, { dataDir, maxClipSeconds: 60, signal });
  try {
    const results: PathTimes[] = [];
    for (const { clip, path } of clips) {
      await askOnce(engine, path, signal);
      const timings: StageTimings[] = [];
      for (let run = 0; run < runs; run++) timings.push(await askOnce(engine, path, signal));
      results.push({ clip, stages: medians(timings) });
    }
    return results;
  } finally {
    await engine.dispose();
  }
}

function medians(timings: readonly StageTimings[]): PathTimes['stages'] {
  const of = (stage: (typeof stages)[number]) => median(timings.map((timing) => timing[stage]));
  const [probe, sample, preprocess, encode] = [of('probe'), of('sample'), of('preprocess'), of('encode')];
  return {
    probe,
    sample,
    preprocess,
    encode,
    prompt: of('prompt'),
    firstToken: of('firstToken'),
    total: of('total'),
  };
}

async function askOnce(engine: Engine, path: string, signal: AbortSignal): Promise<StageTimings> {
  const talk = await ClipConversation.open(engine, { path }, { mode: 'stan', signal });
  let timings: StageTimings | undefined;
  for await (const event of talk.ask('What is happening in the video?', { signal })) {
    if (event.type === 'done') timings = event.timings;
  }
  signal.throwIfAborted();
  if (timings === undefined) throw new Error('the answer came without timings');
  return timings;
}

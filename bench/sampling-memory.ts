import { readFileSync } from 'node:fs';
import { probe } from '#engine/media/probe.ts';
import { sampleFrames } from '#engine/media/sample.ts';
import { repeatClip, testClip } from './clips.ts';

export interface SamplingMemory {
  /** Megabytes (10^6), the most at any time. */
  readonly short: Peaks;
  readonly long: Peaks;
  /** long / short; undefined where the system does not tell. */
  readonly ratio: { readonly process: number; readonly ffmpeg: number | undefined };
}

export interface Peaks {
  readonly process: number;
  /** Of the largest ffmpeg; undefined where the system has no /proc. */
  readonly ffmpeg: number | undefined;
}

/**
 * What sampling eight frames holds: of ten seconds first, then of two hours. A process' peak never falls, so run this
 * before anything large.
 */
export async function measureSampling(folder: string, signal: AbortSignal): Promise<SamplingMemory> {
  const size = '320x180';
  const brief = await testClip(folder, { size, seconds: 10 }, signal);
  const minute = await testClip(folder, { size, seconds: 60 }, signal);
  const twoHours = await repeatClip(minute, 120, signal);
  const short = await peaksOf(brief, signal);
  const long = await peaksOf(twoHours, signal);
  const ffmpeg = short.ffmpeg && long.ffmpeg && long.ffmpeg / short.ffmpeg;
  return { short, long, ratio: { process: long.process / short.process, ffmpeg } };
}

async function peaksOf(path: string, signal: AbortSignal): Promise<Peaks> {
  let ffmpeg: number | undefined;
  const poll = setInterval(() => {
    const peak = largestChild();
    if (peak !== undefined) ffmpeg = Math.max(ffmpeg ?? 0, peak);
  }, 2);
  try {
    // several times, so that the polling meets the short-lived processes near their end
    for (let run = 0; run < 5; run++) {
      await sampleFrames(await probe(path, { signal }), { frames: 8, imageSize: 224, signal });
    }
  } finally {
    clearInterval(poll);
  }
  return { process: (process.resourceUsage().maxRSS * 1024) / 1e6, ffmpeg };
}

/** Peak memory in megabytes of the largest ffmpeg among this process' children. */
function largestChild(): number | undefined {
  const children = readOrNothing(`/proc/self/task/${process.pid}/children`).split(' ').filter(Boolean);
  const peaks = children.flatMap((pid) => {
    const status = readOrNothing(`/proc/${pid}/status`);
    const kilobytes = /^Name:\s+ffmpeg/.test(status) && /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes ? [(Number(kilobytes) * 1024) / 1e6] : [];
  });
  return peaks.length > 0 ? Math.max(...peaks) : undefined;
}

/** A process may end between being listed and being read. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { spawnFfmpeg } from './ffmpeg.ts';
import { type ListedFrame, readFrameList } from './framecrc.ts';

/** Nine hours at 30 frames a second: 40 MB of list. */
const maxFrames = 1_000_000;

/** When the frames of a clip are shown. */
export interface Timeline {
  /** By time, each time once. */
  readonly frames: readonly ListedFrame[];
  /** When the last frame stops being shown, in seconds. */
  readonly end: number;
}

export interface ListOptions {
  /** Only from the keyframe before this second on. */
  readonly from?: number;
  /** Only so many seconds after `from`. */
  readonly length?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Times count from the clip's start, whatever its own clock begins with. */
export const timesFromStart = ['-copyts', '-start_at_zero'] as const;

/** Lists the packets of input `n` without decoding them. copyinkf: some containers seek to the middle of a group of pictures. */
export function packetList(n: number, pipe: string): string[] {
  return ['-map', `${n}:V:0`, '-c', 'copy', '-copyinkf', '-f', 'framecrc', pipe];
}

/**
 * The frames of a clip without decoding any: the times its packets carry, at the speed of reading the file. Exact for
 * variable frame rates. Throws as `spawnFfmpeg`, and `video_too_big` above a million frames.
 */
export async function listVideoFrames(path: string, options: ListOptions = {}): Promise<Timeline> {
  const { from, length, signal } = options;
  const seek = from === undefined ? [] : ['-ss', from.toFixed(6)];
  const stop = length === undefined ? [] : ['-t', length.toFixed(6)];
  const { value } = await spawnFfmpeg({
    path,
    inputs: [[...seek, ...stop, ...timesFromStart]],
    output: packetList(0, 'pipe:1'),
    read: async ({ stdout, times }) => {
      times.resume();
      return await readTimeline(stdout);
    },
    signal,
  });
  return value;
}

/** Throws `video_too_big` above a million frames. */
export async function readTimeline(stream: AsyncIterable<Uint8Array | string>): Promise<Timeline> {
  const list = await readFrameList(stream, maxFrames);
  const sorted = list.frames.toSorted((a, b) => a.time - b.time);
  const frames = sorted.filter((frame, i) => i === 0 || frame.time !== sorted[i - 1]?.time);
  return { frames, end: endOfLast(frames) };
}

/** A last frame without a duration is shown as long as the others on average; a single picture for no time. */
function endOfLast(frames: readonly ListedFrame[]): number {
  const first = frames[0];
  const last = frames.at(-1);
  if (first === undefined || last === undefined || frames.length === 1) return last?.time ?? 0;
  return last.time + (last.duration || (last.time - first.time) / (frames.length - 1));
}

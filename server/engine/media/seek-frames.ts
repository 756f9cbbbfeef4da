import type { Frame } from '../types.ts';
import { type DecodeRequest, decodeFrames, timeTolerance } from './decode-frames.ts';
import { listVideoFrames } from './list-video-frames.ts';

export type SeekRequest = Omit<DecodeRequest, 'wanted' | 'seek'>;

/**
 * Some containers (MPEG-TS) seek past the keyframe that is needed: then again from so many seconds earlier. Few clips
 * have keyframes more than 10 seconds apart.
 */
export const seekLeads = [0, 10, 150] as const;
/** Seconds after a moment up to which packets are listed: frames are stored out of order, but not by more than this. */
const listedAfter = 2;

/**
 * One frame for each of the given seconds, by a seek to each; undefined where nothing can be decoded from there on.
 * `locate` says at which second the frame shown at a given second begins. One after the other: each process holds the
 * index of the whole file, 16 MB for two hours, and the decoder keeps two cores busy already.
 */
export async function seekFrames(
  path: string,
  seconds: readonly number[],
  request: SeekRequest,
  locate: (path: string, second: number, signal: AbortSignal | undefined) => Promise<number>,
): Promise<(Frame | undefined)[]> {
  const frames: (Frame | undefined)[] = [];
  for (const second of seconds) {
    frames.push(await seekFrame(path, await locate(path, second, request.signal), request));
  }
  return frames;
}

/** When the frame on the screen at `second` begins to be shown, from the packets around it. */
export async function locateByPackets(
  path: string,
  second: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (const lead of seekLeads) {
    const from = Math.max(0, second - lead);
    const { frames } = await listVideoFrames(path, { from, length: second - from + listedAfter, signal });
    const shown = frames.findLast((frame) => frame.time <= second);
    if (shown !== undefined) return shown.time;
  }
  return second;
}

async function seekFrame(path: string, time: number, request: SeekRequest): Promise<Frame | undefined> {
  let best: Frame | undefined;
  for (const lead of seekLeads) {
    const seek = time - lead - timeTolerance;
    const [frame] = await decodeFrames(path, { ...request, wanted: [time], seek });
    if (frame !== undefined && (best === undefined || frame.time < best.time)) best = frame;
    if (best !== undefined && best.time - time <= timeTolerance) return best;
  }
  return best;
}

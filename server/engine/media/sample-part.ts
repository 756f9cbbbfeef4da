import type { Frame } from '../types.ts';
import { decodeFrames, timeTolerance } from './decode-frames.ts';
import { type SeekRequest, seekLeads } from './seek-frames.ts';

/** The first frame of a part may come so many seconds late: pictures of a slide show do. */
const maxLateness = 1;

/**
 * For each of the given seconds, ascending, the first frame at or after it, the last one of the part where none is: by
 * one process, which seeks to the first and stops after the last. Undefined for all where nothing can be decoded. Throws
 * as `decodeFrames`.
 */
export async function samplePart(
  path: string,
  seconds: readonly number[],
  request: SeekRequest,
): Promise<(Frame | undefined)[]> {
  const [first = 0] = seconds;
  let best: readonly Frame[] = [];
  for (const lead of seekLeads) {
    const seek = first - lead - timeTolerance;
    const frames = await decodeFrames(path, { ...request, wanted: seconds, seek });
    if ((frames[0]?.time ?? Infinity) < (best[0]?.time ?? Infinity)) best = frames;
    // a container that seeks past the keyframe gives frames that are too late
    if ((best[0]?.time ?? Infinity) - first <= maxLateness || seek <= 0) break;
  }
  return seconds.map((second) => best.find(({ time }) => time >= second - timeTolerance) ?? best.at(-1));
}

import { unreachable } from '#contract/client-error.ts';
import { PageError } from './failure.ts';

/** A clip that the server offers, for people who have none at hand. Throws `ClientError`, `PageError`. */
export async function fetchSample(name: string, signal: AbortSignal): Promise<File> {
  const response = await fetch(`/samples/${name}.mp4`, { signal }).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (!response.ok) throw new PageError('no_sample');
  return new File([await response.blob()], `${name}.mp4`, { type: 'video/mp4' });
}

/** Where the server has a frame of a clip as a picture. */
export function frameUrl(videoId: string, frame: number, frames: number): string {
  return `/v1/videos/${videoId}/frames/${frame}.jpg?frames=${frames}`;
}

/** Seconds within which a frame that shows a moment may lie. */
const momentLength = 1;

/** A picture of one moment of a clip of so many seconds. */
export function momentUrl(videoId: string, seconds: number, duration: number): string {
  const start = Math.max(0, Math.min(Math.floor(seconds), duration - momentLength));
  return `/v1/videos/${videoId}/frames/0.jpg?frames=1&start=${start}&end=${start + momentLength}`;
}

/** A frame from the middle of a clip, of those that the model sees anyhow. */
export function posterUrl(videoId: string, frames: number): string {
  return frameUrl(videoId, Math.floor(frames / 2), frames);
}

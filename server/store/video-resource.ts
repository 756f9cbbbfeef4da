import type { VideoResource } from '#contract/rest.ts';
import type { StoredClip } from './clip-store.ts';

/** A clip as clients are told of it. */
export function videoResourceOf(clip: StoredClip): VideoResource {
  const { id, name, bytes, duration, width, height, createdAt } = clip;
  return { id, name, bytes, duration, width, height, createdAt };
}

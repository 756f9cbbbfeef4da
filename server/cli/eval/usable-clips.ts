import type { ClipFile } from '#models/evaluate/datasets/clip-files.ts';
import { AppError } from '#errors';
import type { ClipEmbedder, EmbeddedClip } from './clip-embedder.ts';
import type { Unusable } from './unusable.ts';

export interface UsableClips {
  /** Those that could be read, in the order given. */
  readonly embedded: readonly EmbeddedClip[];
  readonly unusable: readonly Unusable[];
  /** Places of the unusable. */
  readonly leftOut: ReadonlySet<number>;
}

/** Embeds clips, and sets aside those that cannot be read. Throws `bad_video` where that leaves none. */
export async function usableClips(
  embedder: ClipEmbedder,
  clips: readonly ClipFile[],
  signal: AbortSignal,
): Promise<UsableClips> {
  const all = await embedder.embedAll(clips, signal);
  const embedded = all.flatMap((clip) => ('reason' in clip ? [] : [clip]));
  const unusable = all.flatMap((clip) => ('reason' in clip ? [clip] : []));
  const [first] = unusable;
  if (embedded.length === 0 && first !== undefined) {
    throw new AppError('bad_video', `No clip can be read; ${first.name}: ${first.reason}`);
  }
  const leftOut = new Set(all.flatMap((clip, index) => ('reason' in clip ? [index] : [])));
  return { embedded, unusable, leftOut };
}

import { progressBar } from '#models/progress.ts';
import type { ClipFile } from './datasets/clip-files.ts';
import { DatasetError } from './datasets/dataset-error.ts';
import type { RetrievalModel } from './ports.ts';
import { orUnusable, type Unusable } from './unusable.ts';

export interface UsableClips<Clip> {
  /** Those that could be read, in the order given. */
  readonly embedded: readonly Clip[];
  readonly unusable: readonly Unusable[];
  /** Indices of the unusable among the clips given. */
  readonly leftOut: ReadonlySet<number>;
}

/** Embeds clips, and sets aside those that cannot be read. Throws `DatasetError` where that leaves none. */
export async function usableClips<Clip, Texts>(
  model: RetrievalModel<Clip, Texts>,
  clips: readonly ClipFile[],
  signal: AbortSignal,
): Promise<UsableClips<Clip>> {
  const report = progressBar('embedding clips');
  const outcomes: ({ readonly clip: Clip } | Unusable)[] = [];
  const waiting = clips.entries();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const [index, clip] of waiting) {
      signal.throwIfAborted();
      outcomes[index] = await orUnusable(clip.name, async () => ({ clip: await model.embed(clip) }));
      report(++done, clips.length);
    }
  };
  await Promise.all(Array.from({ length: model.concurrency }, worker));
  const embedded = outcomes.flatMap((outcome) => ('clip' in outcome ? [outcome.clip] : []));
  const unusable = outcomes.flatMap((outcome) => ('clip' in outcome ? [] : [outcome]));
  const [first] = unusable;
  if (embedded.length === 0 && first !== undefined) {
    throw new DatasetError(`no clip can be read; ${first.name}: ${first.reason}`);
  }
  const leftOut = new Set(outcomes.flatMap((outcome, index) => ('clip' in outcome ? [] : [index])));
  return { embedded, unusable, leftOut };
}

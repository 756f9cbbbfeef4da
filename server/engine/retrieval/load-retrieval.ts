import type { LoadedPackage } from '#models/package/load.ts';
import type { WorkQueue } from '#core/work-queue.ts';
import { FrameEncoder } from './frame-encoder.ts';
import { MugScorer, scoringOf } from './mug-scorer.ts';
import { Retrieval, type RetrievalParts } from './retrieval.ts';
import { retrievalOf } from './retrieval-of.ts';
import { TextEncoder } from './text-encoder.ts';

export interface RetrievalOptions extends Pick<RetrievalParts, 'decoding' | 'maxSeconds' | 'maxWaiting'> {
  /** The chat encoder's queue: both never run at the same time. */
  readonly encoding: WorkQueue;
  readonly observer?: RetrievalParts['observer'];
}

/** What a package finds clips with. Throws `unsupported` for one that cannot search, `package_invalid`. */
export async function loadRetrieval(
  modelPackage: LoadedPackage,
  { encoding, ...options }: RetrievalOptions,
): Promise<Retrieval> {
  const manifest = retrievalOf(modelPackage.manifest);
  const opened: { dispose(): Promise<void> }[] = [];
  const keep = <T extends { dispose(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    const texts = keep(await TextEncoder.load(modelPackage));
    const frames = keep(await FrameEncoder.load(modelPackage, { queue: encoding }));
    const { width, matching, logitScale } = manifest;
    const scorer = keep(await MugScorer.create(width, scoringOf(matching, logitScale)));
    return new Retrieval({ manifest, packageHash: modelPackage.hash, texts, frames, scorer, ...options });
  } catch (error) {
    await Promise.all(opened.map((part) => part.dispose()));
    throw error;
  }
}

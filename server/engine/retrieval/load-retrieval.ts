import type { LoadedPackage } from '#models/package/load.ts';
import type { WorkQueue } from '#core/work-queue.ts';
import { createScorer } from './create-scorer.ts';
import { FrameEncoder } from './frame-encoder.ts';
import { Retrieval, type RetrievalParts } from './retrieval.ts';
import { retrievalOf } from './retrieval-of.ts';
import { TextEncoder } from './text-encoder.ts';

export interface RetrievalOptions extends Pick<RetrievalParts, 'frames' | 'maxWaiting'> {
  /** The chat encoder's queue: both never run at the same time. */
  readonly encoding: WorkQueue;
  /** onnxruntime's execution provider for clips; the CPU where left out. */
  readonly provider?: string | undefined;
  readonly observer?: RetrievalParts['observer'];
}

/** The retrieval side of a package. Throws `unsupported` for one that cannot search, `package_invalid`. */
export async function loadRetrieval(
  modelPackage: LoadedPackage,
  { encoding, provider, ...options }: RetrievalOptions,
): Promise<Retrieval> {
  const manifest = retrievalOf(modelPackage.manifest);
  const opened: { dispose(): Promise<void> }[] = [];
  const keep = <T extends { dispose(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    const texts = keep(await TextEncoder.load(modelPackage));
    const encoder = keep(await FrameEncoder.load(modelPackage, { queue: encoding, provider }));
    const scorer = keep(await createScorer(manifest));
    return new Retrieval({ manifest, packageHash: modelPackage.hash, texts, encoder, scorer, ...options });
  } catch (error) {
    await Promise.all(opened.map((part) => part.dispose()));
    throw error;
  }
}

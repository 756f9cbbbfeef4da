import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type LoadedPackage, loadPackage } from '#models/package/load.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { AppError } from '#errors';
import { readCaptionQuestions } from './caption/caption-questions.ts';
import { Engine, type EngineParts } from './engine.ts';
import { TimeBudget } from '#core/time-budget.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { ffmpegThreads } from './media/ffmpeg.ts';
import { findDecoder } from './media/decoder.ts';
import { FrameStore } from './media/frame-store.ts';
import { LanguageModel, type LanguageModelOptions } from './language/language-model.ts';
import { loadRetrieval } from './retrieval/load-retrieval.ts';
import type { Retrieval } from './retrieval/retrieval.ts';
import { usualCutting } from './segments/segment-cutter.ts';
import { loadVisionEncoder } from './vision/load-vision-encoder.ts';

/** Most clips, or conversations, that wait in one queue. */
const defaultMaxWaiting = 64;

export interface LoadOptions
  extends Pick<EngineParts, 'tokenStore' | 'segmentStore' | 'observer'>,
    Pick<LanguageModelOptions, 'gpu' | 'gpuLayers' | 'kvType'> {
  /** Folder on a local disk for what the engine writes: hashes of files, and the model's working copy while it runs. */
  readonly dataDir: string;
  /** Longest clip taken, in seconds. */
  readonly maxClipSeconds: number;
  /** Bounds of the segments of long clips, in seconds. Default: 2 and 20. */
  readonly segmentMinSeconds?: number;
  readonly segmentMaxSeconds?: number;
  /** Seconds of decoding for one client in a minute. Default: no limit. */
  readonly decodeSecondsPerMinute?: number;
  readonly signal: AbortSignal;
  /** Conversations answered at the same time; see `LanguageModelOptions`. */
  readonly parallelConversations?: number;
  /** How many wait for each of decoding, encoding and answering; the next is refused with `busy`. Default 64. */
  readonly maxWaiting?: number;
}

/** An engine over the package in `folder`. Throws as `findDecoder`, `package_missing`, `package_invalid`, `cancelled`. */
export async function loadEngine(folder: string, options: LoadOptions): Promise<Engine> {
  const { dataDir, maxClipSeconds, signal, parallelConversations, maxWaiting = defaultMaxWaiting } = options;
  const decoder = await findDecoder();
  const modelPackage = await checkedPackage(folder, { cacheDir: join(dataDir, 'cache'), signal });
  const { language: settings, vision } = modelPackage.manifest;
  const captionQuestions = await readCaptionQuestions(settings.template.name);
  const { gpu = 'off' } = options;
  const { encoder, provider, description } = await loadVisionEncoder(modelPackage, gpu, { maxWaiting });
  let retrieval: Retrieval | undefined;
  try {
    // more processes than there are cores for would only take memory
    const concurrency = Math.max(2, Math.ceil(availableParallelism() / ffmpegThreads));
    const queue = new WorkQueue({ label: 'have a clip decoded', concurrency, maxWaiting });
    const budget = new TimeBudget(options.decodeSecondsPerMinute ?? 0);
    const frames = new FrameStore({ queue, maxSeconds: maxClipSeconds, budget });
    const { tokenStore, observer } = options;
    if (modelPackage.manifest.retrieval !== undefined) {
      retrieval = await loadRetrieval(modelPackage, {
        encoding: encoder.queue,
        provider,
        frames,
        maxWaiting,
        observer,
      });
    }
    const language = await LanguageModel.load({
      body: modelPackage.path(packageFiles.llmBody),
      embeddings: modelPackage.path(packageFiles.llmEmbeddings),
      language: settings,
      tokensPerClip: vision.tokens,
      runRoot: join(dataDir, 'run'),
      maxWaiting,
      signal,
      gpu,
      gpuLayers: options.gpuLayers,
      kvType: options.kvType,
      ...(parallelConversations !== undefined && { parallelConversations }),
    });
    return new Engine({
      manifest: modelPackage.manifest,
      packageHash: modelPackage.hash,
      encoder,
      encoderDevice: description,
      language,
      captionQuestions,
      decoder,
      frames,
      retrieval,
      cutting: {
        minSeconds: options.segmentMinSeconds ?? usualCutting.minSeconds,
        maxSeconds: options.segmentMaxSeconds ?? usualCutting.maxSeconds,
      },
      segmentStore: options.segmentStore,
      ...(tokenStore !== undefined && { tokenStore }),
      ...(observer !== undefined && { observer }),
    });
  } catch (error) {
    await retrieval?.dispose();
    await encoder.dispose();
    throw error;
  }
}

async function checkedPackage(
  folder: string,
  options: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<LoadedPackage> {
  try {
    return await loadPackage(folder, options);
  } catch (thrown) {
    if (!(thrown instanceof PackageError)) throw thrown;
    throw new AppError(`package_${thrown.code}`, thrown.message, { cause: thrown });
  }
}

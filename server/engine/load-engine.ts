import { join } from 'node:path';
import { type LoadedPackage, loadPackage } from '../../models/package/load.ts';
import { packageFiles } from '../../models/package/manifest.ts';
import { PackageError } from '../../models/package/package-error.ts';
import { AppError } from '../errors.ts';
import { readCaptionPrompt } from './caption/caption-prompt.ts';
import { Engine } from './engine.ts';
import { findFfmpeg } from './frames/find-ffmpeg.ts';
import { LanguageModel } from './language/language-model.ts';
import { VisionEncoder } from './vision/vision-encoder.ts';

export interface LoadOptions {
  /** Folder for what the engine writes: remembered hashes, and the model's working copy while it runs. A local disk. */
  readonly dataDir: string;
  /** Longest clip taken, in seconds. */
  readonly maxClipSeconds: number;
  readonly signal: AbortSignal;
  /** Conversations answered at the same time; see `LanguageModelOptions`. */
  readonly parallelConversations?: number;
}

/** An engine over the package in `folder`. Throws `ffmpeg_missing`, `package_missing`, `package_invalid`, `cancelled`. */
export async function loadEngine(folder: string, options: LoadOptions): Promise<Engine> {
  const { dataDir, maxClipSeconds, signal, parallelConversations } = options;
  await findFfmpeg();
  const modelPackage = await checkedPackage(folder, { cacheDir: join(dataDir, 'cache'), signal });
  const { language: settings, vision } = modelPackage.manifest;
  const captionQuestion = await readCaptionPrompt('short', settings.template.name);
  const encoder = await VisionEncoder.load(modelPackage);
  try {
    const language = await LanguageModel.load({
      body: modelPackage.path(packageFiles.llmBody),
      embeddings: modelPackage.path(packageFiles.llmEmbeddings),
      language: settings,
      tokensPerClip: vision.tokens,
      runRoot: join(dataDir, 'run'),
      signal,
      ...(parallelConversations !== undefined && { parallelConversations }),
    });
    const { manifest } = modelPackage;
    return new Engine({ manifest, encoder, language, captionQuestion, maxClipSeconds });
  } catch (error) {
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

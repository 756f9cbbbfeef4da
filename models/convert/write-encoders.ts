import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeightSet } from '#models/nets/weights.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import { packageFiles, type VisionManifest } from '#models/package/manifest.ts';
import { type Precision, writeEncoder } from '#models/package/write-encoder.ts';
import type { ProgressReport } from '#models/progress.ts';
import type { Plan } from './plan.ts';
import type { RetrievalPlan } from './plan-retrieval.ts';
import { type Tried, tryEncoder } from './try-encoder.ts';
import { readWeight } from './weight-source.ts';

type Progress = (step: string) => ProgressReport;

/**
 * Writes a package's encoders into `dir` and tries the one for chat, see `tryEncoder`. Throws `PackageError`, and `FormatError` for a weight that is not there or damaged.
 */
export async function writeEncoders(
  { chat, retrieval }: Plan,
  vision: VisionManifest,
  precision: Precision,
  progress: Progress,
  dir: string,
): Promise<Tried> {
  await writeChatEncoder(chat, precision, progress('chat encoder'), dir);
  const tried = await tryEncoder(dir, vision, precision, (exactDir) =>
    writeChatEncoder(chat, 'f32', progress('comparing int8 with f32'), exactDir),
  );
  if (retrieval !== undefined) await writeRetrieval(retrieval, precision, progress, dir);
  return tried;
}

async function writeChatEncoder(
  { arch, weights }: Plan['chat'],
  precision: Precision,
  onProgress: ProgressReport,
  dir: string,
): Promise<void> {
  const outputs = chatEncoder(new WeightSet().get, arch);
  await writeEncoder(dir, packageFiles.chatEncoder, outputs, readWeight(weights), precision, onProgress);
}

async function writeRetrieval(
  { arch, weights, tokenizer }: RetrievalPlan,
  precision: Precision,
  progress: Progress,
  dir: string,
): Promise<void> {
  const read = readWeight(weights);
  const frames = retrievalEncoder(new WeightSet().get, arch);
  await writeEncoder(
    dir,
    packageFiles.retrievalEncoder,
    frames,
    read,
    precision,
    progress('retrieval encoder'),
  );
  const texts = textEncoder(new WeightSet().get, arch);
  await writeEncoder(dir, packageFiles.textEncoder, texts, read, precision, progress('text encoder'));
  await copyFile(tokenizer.path, join(dir, packageFiles.tokenizer));
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { type PackageManifest, packageFiles, packageManifest, type VisionManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';

export const manifestFile = 'model.json';
const maxManifestSize = 1024 * 1024;

/** What every package needs to chat; the other files serve retrieval. */
const chatFiles = [packageFiles.chatEncoder, packageFiles.llmBody, packageFiles.llmEmbeddings];
/** What a package that can search has as well. */
const encoderPair = [packageFiles.retrievalEncoder, packageFiles.textEncoder];
const retrievalFiles = [...encoderPair, packageFiles.tokenizer];

/** Reads and checks a package's `model.json`; looks at no other file. Throws `PackageError`. */
export async function readManifest(folder: string): Promise<PackageManifest> {
  const path = join(folder, manifestFile);
  const text = await readBounded(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new PackageError('invalid', `${path} is not JSON; copy or build the package again.`, { cause });
  }
  return checkManifest(path, parsed);
}

/** A manifest that agrees with its schema and with itself. `path` is for the message. */
export function checkManifest(path: string, candidate: unknown): PackageManifest {
  const result = packageManifest.safeParse(candidate);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw invalid(path, `${issue?.message ?? 'unknown problem'}${where}`, result.error);
  }
  const manifest = result.data;
  const problem = visionProblem(manifest.vision) ?? retrievalProblem(manifest);
  if (problem !== undefined) throw invalid(path, problem);
  const has = (file: string): boolean => Object.hasOwn(manifest.files, file);
  const searches = manifest.retrieval !== undefined;
  if (!searches && encoderPair.some(has))
    throw invalid(path, 'it has encoders for retrieval and no section retrieval; build the package again');
  const required = searches ? [...chatFiles, ...retrievalFiles] : chatFiles;
  const absent = required.find((file) => !has(file));
  if (absent !== undefined) throw invalid(path, `files lacks ${absent}`);
  if (has(manifestFile)) throw invalid(path, 'files lists the manifest itself');
  return manifest;
}

function visionProblem(vision: VisionManifest): string | undefined {
  const { imageSize, patchSize, frames, maxFrames, cls, tokens } = vision;
  if (imageSize % patchSize !== 0)
    return `imageSize ${imageSize} is not a multiple of patchSize ${patchSize}`;
  if (frames > maxFrames) return `frames ${frames} are more than maxFrames ${maxFrames}`;
  const expected = (imageSize / patchSize) ** 2 + (cls === 'none' ? 0 : 1);
  if (tokens !== expected)
    return `tokens is ${tokens}; ${imageSize} px in patches of ${patchSize} make ${expected}`;
  return undefined;
}

function retrievalProblem({ vision, retrieval }: PackageManifest): string | undefined {
  if (retrieval === undefined) return undefined;
  const { vision: own, context, maxTextLength = context } = retrieval;
  if (maxTextLength > context)
    return `retrieval.maxTextLength ${maxTextLength} is more than its context ${context}`;
  if (own === undefined) return undefined;
  if (own.imageSize % own.patchSize !== 0)
    return `retrieval.vision.imageSize ${own.imageSize} is not a multiple of patchSize ${own.patchSize}`;
  if (own.frames > vision.maxFrames)
    return `retrieval.vision.frames ${own.frames} are more than maxFrames ${vision.maxFrames}`;
  return undefined;
}

async function readBounded(path: string): Promise<string> {
  const stats = await findStats(path);
  if (stats === undefined) {
    throw new PackageError('missing', `No model package: ${path} is not there; name the folder of one.`);
  }
  if (!stats.isFile() || stats.size > maxManifestSize) throw invalid(path, 'not a small text file');
  return await readFile(path, 'utf8');
}

function invalid(path: string, problem: string, cause?: unknown): PackageError {
  return new PackageError('invalid', `${path} is no valid manifest: ${problem}.`, { cause });
}

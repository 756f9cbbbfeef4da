import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { DatasetError } from './dataset-error.ts';

export interface AnnotationFile {
  readonly path: string;
  /** The folder it lies in: where clips are unless told. */
  readonly folder: string;
  readonly text: string;
}

/** MSR-VTT's captions are 30 MB. */
const maxFileSize = 256 * 2 ** 20;

/**
 * Reads the file named, or the first of `names` that a folder holds; undefined for a folder without any. Throws
 * `DatasetError` for what is not there, too large or no text.
 */
export async function findAnnotations(
  path: string,
  names: readonly string[],
): Promise<AnnotationFile | undefined> {
  const target = resolve(path);
  const found = await findStats(target);
  if (found === undefined) throw new DatasetError(`${path} is not there`);
  if (found.isFile()) return readAnnotations(target, found.size);
  for (const name of names) {
    const file = join(target, name);
    const stats = await findStats(file);
    if (stats?.isFile()) return readAnnotations(file, stats.size);
  }
  return undefined;
}

async function readAnnotations(path: string, size: number): Promise<AnnotationFile> {
  if (size > maxFileSize) throw new DatasetError(`${path} has more than ${maxFileSize / 2 ** 20} MiB`);
  const bytes = await readFile(path);
  try {
    return { path, folder: dirname(path), text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new DatasetError(`${path} is no UTF-8 text; name the file with the captions or labels`);
  }
}

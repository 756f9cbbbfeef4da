import { stat } from 'node:fs/promises';
import { FormatError } from '#models/formats/format-error.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import type { TensorFile } from '#models/formats/tensor-data.ts';
import { openTorchCheckpoint } from '#models/formats/torch/read.ts';
import { openModelFolder } from './model-folder.ts';

/** Opens a Hugging Face folder, a safetensors file or a torch checkpoint. Throws `FormatError`. */
export async function openTensorFile(path: string): Promise<TensorFile> {
  if (await isFolder(path)) return openModelFolder(path);
  return path.endsWith('.safetensors') ? openSafetensors(path) : openTorchCheckpoint(path);
}

/** Throws `FormatError` for a path where nothing is. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FormatError('unreadable', path, 'is not there', { cause });
  });
  return found.isDirectory();
}

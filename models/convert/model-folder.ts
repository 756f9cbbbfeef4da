import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import type { TensorFile } from '#models/formats/tensor-data.ts';
import { openTorchCheckpoint } from '#models/formats/torch/read.ts';
import { readJson } from './read-json.ts';

/** How a Hugging Face folder keeps its weights, the better form first. */
const forms = [
  { whole: 'model.safetensors', index: 'model.safetensors.index.json', open: openSafetensors },
  { whole: 'pytorch_model.bin', index: 'pytorch_model.bin.index.json', open: openTorchCheckpoint },
];
/** LLaVA's own training saves the projector in a file of its own. */
const projectorFile = 'mm_projector.bin';
const maxShards = 1000;

/** A name in the folder itself: an index from elsewhere must not reach other files. */
const plainName = z.string().regex(/^[\w-][\w.-]{0,200}$/);
const shardIndex = z.object({ weight_map: z.record(z.string(), plainName) });

/** Opens all the weights of a Hugging Face model folder as one file. Throws `FormatError`. */
export async function openModelFolder(folder: string): Promise<TensorFile> {
  for (const { whole, index, open } of forms) {
    const listed = await readJson(join(folder, index), shardIndex);
    if (listed !== undefined) return openShards(folder, index, listed.weight_map, open);
    if (await exists(join(folder, whole))) return openAll(folder, [whole], open);
  }
  const wanted = forms.flatMap(({ whole, index }) => [whole, index]).join(', ');
  throw new FormatError('unreadable', folder, `holds no weights (none of ${wanted})`);
}

async function openAll(
  folder: string,
  names: readonly string[],
  open: (path: string) => Promise<TensorFile>,
): Promise<TensorFile> {
  const files: TensorFile[] = [];
  try {
    for (const name of names) files.push(await open(join(folder, name)));
    const projector = join(folder, projectorFile);
    if (await exists(projector)) files.push(await openTorchCheckpoint(projector));
    return joined(folder, files);
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

async function openShards(
  folder: string,
  index: string,
  weightMap: Readonly<Record<string, string>>,
  open: (path: string) => Promise<TensorFile>,
): Promise<TensorFile> {
  const names = [...new Set(Object.values(weightMap))];
  if (names.length > maxShards) {
    throw new FormatError(
      'too_large',
      join(folder, index),
      `names ${names.length} files; at most ${maxShards} are read`,
    );
  }
  const file = await openAll(folder, names, open);
  const absent = Object.keys(weightMap).find((tensor) => !file.has(tensor));
  if (absent === undefined) return file;
  await file.close();
  const problem = `lacks ${JSON.stringify(absent)}, which ${index} says is there`;
  throw new FormatError('malformed', join(folder, weightMap[absent] ?? ''), problem);
}

/** Several files as one; a tensor that lies in two is read from the first. */
function joined(folder: string, files: readonly TensorFile[]): TensorFile {
  const holders = new Map<string, TensorFile>();
  for (const file of files) {
    for (const name of file.names) if (!holders.has(name)) holders.set(name, file);
  }
  const find = (name: string): TensorFile => {
    const holder = holders.get(name);
    if (holder === undefined)
      throw new FormatError('no_such_tensor', folder, `has no tensor ${JSON.stringify(name)}`);
    return holder;
  };
  return {
    path: folder,
    names: [...holders.keys()],
    metadata: new Map(),
    has: (name) => holders.has(name),
    info: (name) => find(name).info(name),
    read: async (name) => find(name).read(name),
    async close() {
      await Promise.all(files.map((file) => file.close()));
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

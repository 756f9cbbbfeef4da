import { z } from 'zod';
import type { BoundedFile } from '../bounded-file.ts';
import { byteLength, isDType, type TensorInfo } from '../tensor-data.ts';

/** The header of a 70-billion-parameter model is a few hundred KiB; the reference reader stops at 100 MB. */
const maxHeaderSize = 16 * 1024 * 1024;
const maxDimensions = 16;

export interface StoredTensor extends TensorInfo {
  /** In bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const headerObject = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const tensorEntry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(maxDimensions),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** Reads and checks the header: https://huggingface.co/docs/safetensors, "Format". Throws `FormatError`. */
export async function readHeader(file: BoundedFile): Promise<SafetensorsHeader> {
  if (file.size < 8) throw file.error('truncated', 'too short for a safetensors file');
  const length = (await file.read(0, 8)).readBigUInt64LE();
  if (length > maxHeaderSize) {
    throw file.error('too_large', `claims a header of ${length} bytes; is it a safetensors file?`);
  }
  const dataStart = 8 + Number(length);
  if (dataStart > file.size) throw file.error('truncated', 'ends inside its header');
  const entries = Object.entries(parseHeader(file, await file.read(8, Number(length))));

  const tensors = new Map<string, StoredTensor>();
  const metadata = new Map<string, string>();
  for (const [name, value] of entries) {
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(checked(headerObject, value, file, name))) {
        metadata.set(key, checked(z.string(), text, file, `${name}.${key}`));
      }
    } else {
      tensors.set(name, parseTensor(file, dataStart, name, value));
    }
  }
  checkCoverage(file, dataStart, tensors);
  return { tensors, metadata };
}

function parseHeader(file: BoundedFile, bytes: Uint8Array): object {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return headerObject.parse(parsed);
  } catch (cause) {
    throw file.error('malformed', 'its header is not a JSON object', { cause });
  }
}

function parseTensor(file: BoundedFile, dataStart: number, name: string, value: unknown): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = checked(tensorEntry, value, file, name);
  if (!isDType(dtype))
    throw file.error('unsupported', `tensor ${quoted(name)} has unknown type ${quoted(dtype)}`);
  const tensor = { dtype, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] };
  if (tensor.end - tensor.start !== byteLength(tensor)) {
    throw file.error(
      'malformed',
      `tensor ${quoted(name)}, ${dtype} [${shape.join(', ')}], has ${tensor.end - tensor.start} bytes`,
    );
  }
  return tensor;
}

/** The format allows no overlap and no hole: nothing hides in a file, and a cut file is noticed at once. */
function checkCoverage(
  file: BoundedFile,
  dataStart: number,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  let end = dataStart;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  for (const [name, tensor] of inOrder) {
    if (tensor.end > file.size)
      throw file.error('truncated', `ends before the data of tensor ${quoted(name)}`);
    if (tensor.start !== end) {
      const what = tensor.start < end ? 'overlaps another' : 'leaves a hole before it';
      throw file.error('malformed', `tensor ${quoted(name)} ${what}`);
    }
    end = tensor.end;
  }
  if (end !== file.size)
    throw file.error('malformed', `has ${file.size - end} bytes that belong to no tensor`);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, file: BoundedFile, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw file.error('malformed', `bad header entry ${quoted(name)}`, { cause: result.error });
}

/** Names come from the file: printable, and short enough for one line. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}

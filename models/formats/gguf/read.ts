import { basename, dirname, join } from 'node:path';
import { BoundedFile } from '../bounded-file.ts';
import { Cursor } from './cursor.ts';
import { dequantise } from './dequantise.ts';
import {
  alignUp,
  defaultAlignment,
  type GgufTensor,
  type GgufValue,
  scalarTypes,
  tensorBytes,
  tensorTypes,
} from './types.ts';

const magic = 0x46554747; // 'GGUF'
const maxTensors = 100_000;
const maxKeys = 10_000;
const maxItems = 4_000_000;
const maxDims = 4;
const pieceValues = 2 << 20;

export interface StoredGgufTensor extends GgufTensor {
  /** The part file it lies in, and where. */
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

interface Part {
  readonly file: BoundedFile;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly StoredGgufTensor[];
}

/** A GGUF model, one file or all parts of a split. Throws `FormatError`. */
export class GgufFile {
  readonly path: string;
  /** Metadata of the first part, which carries the model's. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, StoredGgufTensor>;
  readonly #parts: readonly [Part, ...Part[]];

  constructor(parts: readonly [Part, ...Part[]]) {
    this.#parts = parts;
    this.path = parts[0].file.path;
    this.metadata = parts[0].metadata;
    const tensors = new Map<string, StoredGgufTensor>();
    for (const tensor of parts.flatMap((part) => part.tensors)) {
      if (tensors.has(tensor.name))
        throw parts[0].file.error('malformed', `two tensors are named ${tensor.name}`);
      tensors.set(tensor.name, tensor);
    }
    this.tensors = tensors;
  }

  tensor(name: string): StoredGgufTensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw this.#file().error('no_such_tensor', `has no tensor ${name}`);
    return tensor;
  }

  /** `length` bytes of a tensor's data from `start`; all of it when left out. */
  readBytes(name: string, start = 0, length?: number): Promise<Uint8Array> {
    const tensor = this.tensor(name);
    const wanted = length ?? tensor.bytes - start;
    if (start < 0 || wanted < 0 || start + wanted > tensor.bytes) {
      throw new RangeError(`bytes ${start} to ${start + wanted} of ${name} of ${tensor.bytes}`);
    }
    return this.#file(tensor.path).read(tensor.offset + start, wanted);
  }

  /** The tensor's values as float32, row-major. */
  async readFloats(name: string): Promise<Float32Array> {
    return this.#decode(name, await this.readBytes(name));
  }

  /** The same in pieces of at most 8 MiB: a large vocabulary's embeddings take gigabytes as float32. */
  async *floatPieces(name: string): AsyncGenerator<Float32Array> {
    const { type, bytes } = this.tensor(name);
    const { blockBytes, blockValues } = layoutOf(type);
    const pieceBytes = Math.floor(pieceValues / blockValues) * blockBytes;
    for (let start = 0; start < bytes; start += pieceBytes) {
      yield this.#decode(name, await this.readBytes(name, start, Math.min(pieceBytes, bytes - start)));
    }
  }

  #decode(name: string, bytes: Uint8Array): Float32Array {
    const { type, path } = this.tensor(name);
    const values = dequantise(type, bytes);
    if (values !== undefined) return values;
    throw this.#file(path).error('unsupported', `${name} is ${layoutOf(type).name}, which is not decoded`);
  }

  /** A metadata number. Throws where it is missing or no number. */
  number(key: string): number {
    const value = this.#scalar(key);
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
    if (typeof value !== 'number') throw this.#file().error('malformed', `${key} is not a number`);
    return value;
  }

  string(key: string): string {
    const value = this.#scalar(key);
    if (typeof value !== 'string') throw this.#file().error('malformed', `${key} is not a text`);
    return value;
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map(({ file }) => file.close()));
  }

  #scalar(key: string): unknown {
    const found = this.metadata.get(key);
    if (found === undefined || found.type === 'array') throw this.#file().error('malformed', `has no ${key}`);
    return found.value;
  }

  #file(path = this.path): BoundedFile {
    return (this.#parts.find(({ file }) => file.path === path) ?? this.#parts[0]).file;
  }
}

function layoutOf(type: number) {
  const layout = tensorTypes.get(type);
  if (layout === undefined) throw new RangeError(`no ggml type ${type}`);
  return layout;
}

/** Opens a model; of a split one, give the first part (`...-00001-of-0000N.gguf`) and all are opened. */
export async function openGguf(path: string): Promise<GgufFile> {
  const first = await openPart(path);
  const parts: [Part, ...Part[]] = [first];
  try {
    const count = Math.max(1, splitNumber(first, 'split.count') ?? 1);
    for (let number = 2; number <= count; number++)
      parts.push(await openPart(siblingPath(first, number, count)));
    if (count > 1) checkParts(parts);
    return new GgufFile(parts);
  } catch (error) {
    await Promise.all(parts.map(({ file }) => file.close()));
    throw error;
  }
}

function splitNumber({ metadata, file }: Part, key: string, max = 1000): number | undefined {
  const entry = metadata.get(key);
  if (entry === undefined) return undefined;
  const value = entry.type === 'array' ? Number.NaN : Number(entry.value);
  if (!(Number.isInteger(value) && value >= 0 && value <= max))
    throw file.error('malformed', `${key} is not a whole number between 0 and ${max}`);
  return value;
}

function checkParts(parts: readonly [Part, ...Part[]]): void {
  for (const [i, part] of parts.entries()) {
    const number = splitNumber(part, 'split.no');
    if (number !== i) throw part.file.error('malformed', `has split.no ${number}, not ${i}`);
  }
  const [first] = parts;
  const total = parts.reduce((sum, { tensors }) => sum + tensors.length, 0);
  const declared = splitNumber(first, 'split.tensors.count', maxTensors) ?? total;
  if (declared !== total)
    throw first.file.error('malformed', `has ${total} tensors in all parts and declares ${declared}`);
}

/** llama.cpp finds parts by their names, and so do we. */
function siblingPath({ file }: Part, number: number, count: number): string {
  const suffix = (part: number): string =>
    `-${String(part).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.gguf`;
  const name = basename(file.path);
  if (!name.endsWith(suffix(1))) {
    throw file.error('malformed', `is the first of ${count} parts but its name does not end in ${suffix(1)}`);
  }
  return join(dirname(file.path), name.slice(0, -suffix(1).length) + suffix(number));
}

async function openPart(path: string): Promise<Part> {
  const file = await BoundedFile.open(path);
  try {
    return { file, ...(await readHeader(file)) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: BoundedFile): Promise<Omit<Part, 'file'>> {
  const cursor = new Cursor(file);
  if ((await cursor.uint32()) !== magic) throw file.error('unsupported', 'is not a GGUF file');
  const version = await cursor.uint32();
  if (version !== 2 && version !== 3)
    throw file.error('unsupported', `is GGUF version ${version}; 2 and 3 are read`);
  const tensorCount = await cursor.count('tensors', maxTensors);
  const keyCount = await cursor.count('metadata keys', maxKeys);
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < keyCount; index++) {
    const key = await cursor.string();
    if (metadata.has(key)) throw file.error('malformed', `names ${key} twice`);
    metadata.set(key, await readValue(cursor, file, key));
  }
  const found: (GgufTensor & { relative: number; bytes: number })[] = [];
  for (let index = 0; index < tensorCount; index++) found.push(await readTensorInfo(cursor, file));
  const alignment = alignmentOf(metadata, file);
  const dataStart = alignUp(cursor.offset, alignment);
  const tensors = found.map(({ relative, ...tensor }) => {
    if (relative % alignment !== 0)
      throw file.error(
        'malformed',
        `${tensor.name} starts at ${relative}, not at a multiple of ${alignment}`,
      );
    const offset = dataStart + relative;
    if (offset + tensor.bytes > file.size)
      throw file.error('truncated', `ends before ${tensor.name} does; was it downloaded whole?`);
    return { ...tensor, path: file.path, offset };
  });
  refuseOverlap(tensors, file);
  return { metadata, tensors };
}

function refuseOverlap(tensors: readonly StoredGgufTensor[], file: BoundedFile): void {
  const filled = tensors.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);
  let before: StoredGgufTensor | undefined;
  for (const tensor of filled) {
    if (before !== undefined && before.offset + before.bytes > tensor.offset)
      throw file.error('malformed', `${before.name} and ${tensor.name} share bytes`);
    before = tensor;
  }
}

async function readValue(cursor: Cursor, file: BoundedFile, key: string): Promise<GgufValue> {
  const type = scalarTypes[await cursor.uint32()];
  if (type === undefined) throw file.error('malformed', `${key} has an unknown type`);
  if (type !== 'array') return { type, value: await cursor.scalar(type) };
  const of = scalarTypes[await cursor.uint32()];
  if (of === undefined || of === 'array')
    throw file.error('unsupported', `${key} is a list of an unknown type`);
  const count = await cursor.count(`items in ${key}`, Math.min(maxItems, file.size));
  const values = [];
  for (let index = 0; index < count; index++) values.push(await cursor.scalar(of));
  return { type, of, values };
}

async function readTensorInfo(cursor: Cursor, file: BoundedFile) {
  const name = await cursor.string();
  const dims = await cursor.uint32();
  if (dims > maxDims) throw file.error('malformed', `${name} has ${dims} axes`);
  const shape: number[] = [];
  for (let axis = 0; axis < dims; axis++) shape.unshift(await cursor.count(`values along ${name}`, 2 ** 40));
  const type = await cursor.uint32();
  // beyond the end of a file that was cut, which is told with the sizes
  const relative = await cursor.count(`as the offset of ${name}`, 2 ** 50);
  const bytes = tensorBytes({ shape, type });
  if (bytes === undefined)
    throw file.error('unsupported', `${name} has type ${type}, shape [${shape.join(', ')}]`);
  return { name, shape, type, relative, bytes };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, file: BoundedFile): number {
  const entry = metadata.get('general.alignment');
  if (entry === undefined) return defaultAlignment;
  const value = entry.type === 'array' ? Number.NaN : Number(entry.value);
  if (!(value >= 8 && value <= 65536 && value % 8 === 0))
    throw file.error('malformed', `is aligned to ${value} bytes`);
  return value;
}

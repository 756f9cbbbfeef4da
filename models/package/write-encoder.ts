import { open, type FileHandle, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExternalData, encodeOnnx } from '#models/formats/onnx/write.ts';
import { at } from '#core/at.ts';
import { parametersOf } from '#models/graph/parameters.ts';
import { type Tensor, volume } from '#models/graph/tensor.ts';
import { type QuantisedMatrix, toOnnx } from '#models/graph/to-onnx.ts';
import { quantiseMatrix } from './quantise-matrix.ts';

/** Reads a weight by the nets' name, float32 and row-major, checked to have this shape. */
export type ReadWeight = (name: string, shape: readonly number[]) => Promise<Float32Array>;

/** `int8` stores the weights of linear layers in a quarter of the room and computes faster, a little less exactly. */
export type Precision = 'f32' | 'int8';

/** Weights of more bytes go into a file of their own, one by one, so that memory never holds all of them. */
const maxInside = 64 * 2 ** 20;
/** onnxruntime maps external weights; mapped floats want an aligned start. */
const alignment = 64;

/**
 * Writes the graph behind `outputs` as `dir`/`file`, with `file`.data beside it where the weights are large. `onProgress`
 * gets bytes read, and of how many.
 */
export async function writeEncoder(
  dir: string,
  file: string,
  outputs: Readonly<Record<string, Tensor>>,
  read: ReadWeight,
  precision: Precision = 'f32',
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const parameters = parametersOf(outputs);
  const count = [...parameters.values()].reduce((sum, { shape }) => sum + volume(shape), 0);
  let done = 0;
  const readNext: ReadWeight = async (name, shape) => {
    const values = await read(name, shape);
    done += values.byteLength;
    onProgress(done, 4 * count);
    return values;
  };
  const weights = new Map<string, Float32Array | ExternalData | QuantisedMatrix>();
  if (precision === 'f32' && 4 * count <= maxInside) {
    for (const [name, { shape }] of parameters) weights.set(name, await readNext(name, shape));
  } else {
    const location = `${file}.data`;
    const data = new DataFile(location, await open(join(dir, location), 'wx'));
    try {
      for (const [name, { shape, linear }] of parameters) {
        const values = await readNext(name, shape);
        weights.set(
          name,
          await (linear && precision === 'int8' ? data.addInt8(values, shape) : data.add(values)),
        );
      }
    } finally {
      await data.close();
    }
  }
  const model = toOnnx(file, outputs, (name) => {
    const found = weights.get(name);
    if (found === undefined) throw new RangeError(`${name} is not among the graph's parameters`);
    return found;
  });
  await writeFile(join(dir, file), encodeOnnx(model), { flag: 'wx' });
}

/** External data being written: arrays one after the other, each at an aligned offset. */
class DataFile {
  readonly #location: string;
  readonly #file: FileHandle;
  #size = 0;

  constructor(location: string, file: FileHandle) {
    this.#location = location;
    this.#file = file;
  }

  async add(values: Float32Array | Int8Array): Promise<ExternalData> {
    const offset = Math.ceil(this.#size / alignment) * alignment;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, undefined, offset + written);
      written += bytesWritten;
    }
    this.#size = offset + bytes.length;
    return { location: this.#location, offset, length: bytes.length };
  }

  async addInt8(values: Float32Array, shape: readonly number[]): Promise<QuantisedMatrix> {
    const [outputs, inputs] = [at(shape, 0), at(shape, 1)];
    const { matrix, scales } = quantiseMatrix(values, outputs, inputs);
    return { matrix: await this.add(matrix), scales: await this.add(scales) };
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }
}

import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { openSession } from './session.ts';
import type { Tensor } from './tensor.ts';
import { type ParameterValues, toOnnx } from './to-onnx.ts';

export type Feed = Float32Array | BigInt64Array | Uint8Array;

export interface RunOptions {
  /** Threads onnxruntime may use inside one operator; its own default (all cores) when left out. */
  readonly threads?: number;
}

/** A compiled graph: feeds of the inputs' declared shapes in, every output out, or only those asked for. */
export interface CompiledGraph {
  run(
    feeds: Readonly<Record<string, FeedTensor>>,
    wanted?: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

export interface FeedTensor {
  readonly data: Feed;
  readonly shape: readonly number[];
}

const feedTypes = new Map<unknown, 'float32' | 'int64' | 'uint8'>([
  [Float32Array, 'float32'],
  [BigInt64Array, 'int64'],
  [Uint8Array, 'uint8'],
]);

/** Compiles the graph behind `outputs` for onnxruntime. */
export async function compile(
  outputs: Readonly<Record<string, Tensor>>,
  values: ParameterValues,
  { threads }: RunOptions = {},
): Promise<CompiledGraph> {
  const session = await openSession(encodeOnnx(toOnnx('graph', outputs, values)), { threads });
  return {
    async run(feeds, wanted = Object.keys(outputs)) {
      const tensors = Object.entries(feeds).map(
        ([name, { data, shape }]) => [name, toOrt(data, shape)] as const,
      );
      const results = await session.run(Object.fromEntries(tensors), wanted);
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => [name, floats(name, result)]),
      );
    },
    release: () => session.release(),
  };
}

export function toOrt(data: Feed, shape: readonly number[]): ort.Tensor {
  const type = feedTypes.get(data.constructor);
  if (type === undefined) throw new TypeError(`cannot feed a ${data.constructor.name}`);
  return new ort.Tensor(type, data, shape);
}

export function floats(name: string, { data }: ort.Tensor): Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError(`output ${name} is not float32`);
  return data;
}

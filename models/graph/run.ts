import * as ort from 'onnxruntime-node';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { openSession } from './session.ts';
import type { Tensor } from './tensor.ts';
import { recordOf } from './tuples.ts';
import { type ParameterValues, toOnnx } from './to-onnx.ts';

export type Feed = Float32Array | BigInt64Array | Uint8Array;

export interface RunOptions {
  /** Threads onnxruntime may use inside one operator; its own default (all cores) when left out. */
  readonly threads?: number;
}

export type Feeds = Readonly<Record<string, FeedTensor>>;
type Values<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** A compiled graph: feeds of the inputs' declared shapes in, every output out, or only those asked for. */
export interface CompiledGraph<Output extends string = string> {
  /** Computes no more than `wanted` needs. Throws `RangeError` for an output that the graph does not have. */
  run(feeds: Feeds): Promise<Values<Output>>;
  run<Wanted extends Output>(feeds: Feeds, wanted: readonly Wanted[]): Promise<Values<Wanted>>;
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
export async function compile<Output extends string>(
  outputs: Readonly<Record<Output, Tensor>>,
  values: ParameterValues,
  { threads }: RunOptions = {},
): Promise<CompiledGraph<Output>> {
  const session = await openSession(encodeOnnx(toOnnx('graph', outputs, values)), { threads });
  return new SessionGraph<Output>(session);
}

/** Values for the parameters of a graph that has none. Throws `RangeError` when it is asked. */
export function noParameters(name: string): never {
  throw new RangeError(`this graph has no weights, and so no ${name}`);
}

class SessionGraph<Output extends string> implements CompiledGraph<Output> {
  readonly #session: ort.InferenceSession;

  constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  run(feeds: Feeds): Promise<Values<Output>>;
  run<Wanted extends Output>(feeds: Feeds, wanted: readonly Wanted[]): Promise<Values<Wanted>>;
  async run(feeds: Feeds, wanted: readonly string[] = this.#session.outputNames): Promise<Values<string>> {
    const tensors = Object.entries(feeds).map(
      ([name, { data, shape }]) => [name, toOrt(data, shape)] as const,
    );
    const results = await this.#session.run(Object.fromEntries(tensors), wanted);
    return recordOf(wanted, (name) => floats(name, results[name]));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

export function toOrt(data: Feed, shape: readonly number[]): ort.Tensor {
  const type = feedTypes.get(data.constructor);
  if (type === undefined) throw new TypeError(`cannot feed a ${data.constructor.name}`);
  return new ort.Tensor(type, data, shape);
}

/** The values of an output. Throws `TypeError` where it is missing or not float32. */
export function floats(name: string, output: ort.Tensor | undefined): Float32Array {
  if (!(output?.data instanceof Float32Array)) {
    throw new TypeError(
      `output ${name} is ${output === undefined ? 'missing' : `${output.type}, not float32`}`,
    );
  }
  return output.data;
}

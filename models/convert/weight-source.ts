import { floatPieces, toFloat32, type TensorFile } from '#models/formats/tensor-data.ts';
import { isDecoded } from '#models/formats/gguf/dequantise.ts';
import type { GgufFile, StoredGgufTensor } from '#models/formats/gguf/read.ts';
import { tensorTypes } from '#models/formats/gguf/types.ts';
import type { ReadWeight } from '#models/package/write-encoder.ts';
import { FormatError } from '#models/formats/format-error.ts';

/** Weights by the nets' own names, read one at a time from wherever they lie: a model never lies in memory whole. */
export interface WeightSource {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** The file a weight lies in, for messages. */
  path(name: string): string;
  /** Row-major sizes. Throws `FormatError` for a name that is not there, as `read` does. */
  shape(name: string): readonly number[];
  /** The values as float32. Throws `FormatError` for one that is not finite: it would spoil every answer silently. */
  read(name: string): Promise<Float32Array>;
  /** The same in pieces of at most 8 MiB, in order. */
  pieces(name: string): AsyncIterable<Float32Array>;
}

/** The nets' name of a name in a file; undefined for what the nets have no use for. */
export type Rename = (name: string) => string | undefined;

export function weightsOf(file: TensorFile, rename: Rename): WeightSource {
  return source(file.path, file.names, rename, {
    shape: (name) => file.info(name).shape,
    read: async (name) => toFloat32(await file.read(name)),
    pieces: async function* (name) {
      yield* floatPieces(await file.read(name));
    },
  });
}

export function ggufWeights(file: GgufFile, rename: Rename): WeightSource {
  return source(file.path, [...file.tensors.keys()], rename, {
    shape: (name) => decodable(file, name).shape,
    read: (name) => file.readFloats(name),
    pieces: (name) => file.floatPieces(name),
  });
}

/** Throws `FormatError` for a tensor of a type that cannot be read. */
export function decodable(file: GgufFile, name: string): StoredGgufTensor {
  const tensor = file.tensor(name);
  if (isDecoded(tensor.type)) return tensor;
  const type = tensorTypes.get(tensor.type)?.name ?? `of type ${tensor.type}`;
  throw new FormatError('unsupported', tensor.path, `${name} is ${type}, which is not decoded`);
}

/** Several sources as one; where two have a name, the earlier one's counts. */
export function joinWeights(...sources: readonly WeightSource[]): WeightSource {
  const holder = (name: string): WeightSource => {
    const found = sources.find((each) => each.has(name)) ?? sources[0];
    if (found === undefined) throw new RangeError('no weights to join');
    return found;
  };
  return {
    names: [...new Set(sources.flatMap(({ names }) => names))],
    has: (name) => sources.some((each) => each.has(name)),
    path: (name) => holder(name).path(name),
    shape: (name) => holder(name).shape(name),
    read: (name) => holder(name).read(name),
    pieces: (name) => holder(name).pieces(name),
  };
}

/** The same with zeros where there is nothing by these names. */
export function withZeros(
  weights: WeightSource,
  shapes: ReadonlyMap<string, readonly number[]>,
): WeightSource {
  const missing = new Map([...shapes].filter(([name]) => !weights.has(name)));
  const zeros = (name: string): Float32Array | undefined => {
    const shape = missing.get(name);
    return shape && new Float32Array(shape.reduce((product, side) => product * side, 1));
  };
  return {
    names: [...weights.names, ...missing.keys()],
    has: (name) => missing.has(name) || weights.has(name),
    path: (name) => weights.path(name),
    shape: (name) => missing.get(name) ?? weights.shape(name),
    read: async (name) => zeros(name) ?? weights.read(name),
    async *pieces(name) {
      const made = zeros(name);
      if (made === undefined) yield* weights.pieces(name);
      else yield made;
    },
  };
}

/** How many layers there are below a prefix: `prefix.0.*`, `prefix.1.*` and on without a gap. */
export function countLayers({ names }: WeightSource, prefix: string): number {
  const present = new Set(
    names.flatMap((name) =>
      name.startsWith(`${prefix}.`) ? [name.slice(prefix.length + 1).split('.')[0]] : [],
    ),
  );
  let count = 0;
  while (present.has(String(count))) count += 1;
  return count;
}

/** What a package's writer asks for: a weight of a known shape. Throws `FormatError` for one of another shape. */
export function readWeight(weights: WeightSource): ReadWeight {
  return async (name, shape) => {
    checkShape(weights, name, shape);
    return weights.read(name);
  };
}

/** Throws `FormatError` for a weight that is not there or of another shape. */
export function checkShape(weights: WeightSource, name: string, shape: readonly number[]): void {
  const found = weights.shape(name);
  if (found.join() === shape.join()) return;
  const problem = `the weight for ${name} is [${found.join(', ')}] where [${shape.join(', ')}] fits the rest`;
  throw new FormatError('malformed', weights.path(name), problem);
}

type Access = Pick<WeightSource, 'shape' | 'read' | 'pieces'>;

function source(path: string, names: readonly string[], rename: Rename, file: Access): WeightSource {
  const stored = new Map<string, string>();
  for (const name of names) {
    const own = rename(name);
    if (own === undefined) continue;
    if (stored.has(own))
      throw new FormatError('malformed', path, `${stored.get(own)} and ${name} are the same weight`);
    stored.set(own, name);
  }
  const find = (name: string): string => {
    const found = stored.get(name);
    if (found === undefined) throw new FormatError('no_such_tensor', path, `has no weight for ${name}`);
    return found;
  };
  return {
    names: [...stored.keys()],
    has: (name) => stored.has(name),
    path: () => path,
    shape: (name) => file.shape(find(name)),
    async read(name) {
      return finite(name, await file.read(find(name)));
    },
    async *pieces(name) {
      for await (const values of file.pieces(find(name))) yield finite(name, values);
    },
  };

  function finite(name: string, values: Float32Array): Float32Array {
    // one loop without a closure: a tower has 300 million of them
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) * 0;
    if (sum === 0) return values;
    throw new FormatError('malformed', path, `${find(name)} holds values that are not finite numbers`);
  }
}

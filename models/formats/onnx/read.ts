import { readFile } from 'node:fs/promises';
import { FormatError } from '../format-error.ts';
import { modelProto } from './schema.ts';

export interface StoredWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const float32 = 1;

/** What is read of a decoded model. */
interface Decoded {
  readonly graph?: {
    readonly initializer?: readonly {
      readonly name: string;
      readonly dims?: readonly unknown[];
      readonly data_type: number;
      readonly raw_data?: Uint8Array;
    }[];
  };
}

/**
 * The float32 weights inside an .onnx file of `encodeOnnx`, by name; the constants of its graph are among them. Throws
 * `FormatError` for a file that is none, and for one whose weights lie elsewhere.
 */
export async function readOnnxWeights(path: string): Promise<Map<string, StoredWeight>> {
  const weights = new Map<string, StoredWeight>();
  for (const { name, dims = [], data_type: type, raw_data: raw } of (await decoded(path)).graph
    ?.initializer ?? []) {
    if (type !== float32) continue;
    if (raw === undefined) throw new FormatError('unsupported', path, `keeps ${name} in another file`);
    // a copy: what protobuf gives is a view that need not be aligned
    const data = new Float32Array(Uint8Array.from(raw).buffer);
    weights.set(name, { shape: dims.map(Number), data });
  }
  return weights;
}

async function decoded(path: string): Promise<Decoded> {
  try {
    return modelProto.toObject(modelProto.decode(await readFile(path)));
  } catch (cause) {
    throw new FormatError('malformed', path, 'is no ONNX model', { cause });
  }
}

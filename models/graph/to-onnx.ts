import type {
  ExternalData,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxValue,
} from '#models/formats/onnx/write.ts';
import { callsInOrder } from './gradient.ts';
import type { NodeWriter, Tensor } from './tensor.ts';
import { GraphError, type NodeOptions, showShape, sizeOf, sizesOf, volume } from './tensor.ts';
import { type Each, mapTuple } from './tuples.ts';

/** A weight matrix [N, K] as int8, stored [K, N]: q * scale[n] (one scale for each output) is about the weight. */
export interface QuantisedMatrix {
  readonly matrix: ExternalData;
  readonly scales: ExternalData;
}

/** Weights by parameter name, row-major: float32 values, or where a file holds them as float32 or as int8. */
export type ParameterValues = (name: string) => Float32Array | ExternalData | QuantisedMatrix;

/**
 * Writes the graph behind `outputs` as an ONNX model: inputs become inputs, parameters and constants initializers.
 * @throws GraphError when a parameter's values do not fill its shape.
 */
export function toOnnx(
  name: string,
  outputs: Readonly<Record<string, Tensor>>,
  values: ParameterValues,
): OnnxModel {
  const writer = new ModelWriter(values);
  const named = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor): string => {
    const known = named.get(tensor);
    if (known !== undefined) return known;
    const fresh = writer.leaf(tensor);
    named.set(tensor, fresh);
    return fresh;
  };
  const emitted = new Map<object, readonly string[]>();
  const resolve = (tensor: Tensor): string => {
    if (tensor.source.kind !== 'op') return nameOf(tensor);
    const name = emitted.get(tensor.source.call)?.[tensor.source.output];
    if (name === undefined) throw new GraphError(tensor.source.call.name, 'is used before it is computed');
    return name;
  };
  const roots = Object.values(outputs);
  for (const call of callsInOrder(...roots)) emitted.set(call, call.emit(writer, resolve));
  for (const [label, tensor] of Object.entries(outputs)) writer.output(label, resolve(tensor), tensor);
  return { name, ...writer.parts() };
}

class ModelWriter implements NodeWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs = new Map<string, OnnxValue>();
  readonly #outputs: OnnxValue[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #values: ParameterValues;
  #count = 0;

  constructor(values: ParameterValues) {
    this.#values = values;
  }

  node(opType: string, inputs: readonly string[], options?: NodeOptions): string {
    return this.nodes(opType, inputs, [opType], options)[0];
  }

  nodes<const Labels extends readonly unknown[]>(
    opType: string,
    inputs: readonly string[],
    labels: Labels,
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): Each<Labels, string> {
    const outputs = mapTuple(labels, () => `t${this.#count++}`);
    this.#nodes.push({ opType, domain, inputs, outputs, attributes });
    return outputs;
  }

  int64(values: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#initializer(`i64[${values.join(',')}]`, { dtype: 'int64', shape: [values.length], data });
  }

  float32(values: readonly number[], shape: readonly number[]): string {
    const key = values.length > 4 ? `f32#${this.#count++}` : `f32[${shape}](${values.join(',')})`;
    return this.#initializer(key, { dtype: 'float32', shape, data: bytesOf(Float32Array.from(values)) });
  }

  /** Asked by the products that can use it; `parametersOf` says which parameters may be int8. */
  quantised(tensor: Tensor): { matrix: string; scales: string } | undefined {
    const { source } = tensor;
    if (source.kind !== 'parameter') return undefined;
    const value = this.#values(source.name);
    if (!('matrix' in value)) return undefined;
    const [outputs, inputs] = [sizeOf(tensor, 0), sizeOf(tensor, 1)];
    const { name } = source;
    return {
      matrix: this.#initializer(name, { dtype: 'int8', shape: [inputs, outputs], data: value.matrix }),
      scales: this.#initializer(`${name}.scales`, { dtype: 'float32', shape: [outputs], data: value.scales }),
    };
  }

  leaf(tensor: Tensor): string {
    const { source } = tensor;
    if (source.kind === 'op') throw new GraphError(source.call.name, 'is not a leaf');
    if (source.kind === 'input') {
      const known = this.#inputs.get(source.name);
      if (
        known !== undefined &&
        (known.dtype !== tensor.dtype || showShape(known.shape) !== showShape(tensor.shape))
      )
        throw new GraphError(
          source.name,
          `is fed as ${showShape(tensor.shape)} and as ${showShape(known.shape)}`,
        );
      this.#inputs.set(source.name, { name: source.name, dtype: tensor.dtype, shape: tensor.shape });
      return source.name;
    }
    const shape = sizesOf(tensor);
    if (source.kind === 'constant') {
      if (source.data.length === 1 && source.data instanceof Float32Array)
        return this.float32([...source.data], shape);
      const dtype = source.data instanceof Float32Array ? 'float32' : 'int64';
      return this.#initializer(`c${this.#count++}`, { dtype, shape, data: bytesOf(source.data) });
    }
    const stored = this.quantised(tensor);
    if (stored !== undefined) return stored.matrix;
    const value = this.#floats(source.name);
    const data = value instanceof Float32Array ? bytesOf(value) : value;
    if (data.length !== 4 * volume(shape)) {
      throw new GraphError(source.name, `${data.length / 4} values do not fill ${showShape(shape)}`);
    }
    return this.#initializer(source.name, { dtype: 'float32', shape, data });
  }

  #floats(name: string): Float32Array | ExternalData {
    const value = this.#values(name);
    if ('matrix' in value) throw new GraphError(name, 'is int8 where float32 is needed');
    return value;
  }

  output(label: string, name: string, tensor: Tensor): void {
    this.#nodes.push({ opType: 'Identity', domain: '', inputs: [name], outputs: [label], attributes: {} });
    this.#outputs.push({ name: label, dtype: tensor.dtype, shape: tensor.shape });
  }

  parts(): Omit<OnnxModel, 'name'> {
    return {
      nodes: this.#nodes,
      inputs: [...this.#inputs.values()],
      outputs: this.#outputs,
      initializers: [...this.#initializers.values()],
    };
  }

  #initializer(name: string, tensor: Omit<OnnxInitializer, 'name'>): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, { name, ...tensor });
    return name;
  }
}

function bytesOf(data: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

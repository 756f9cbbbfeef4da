import type { WeightSource } from '../../convert/weight-source.ts';
import { callsInOrder } from '../../graph/gradient.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { ParameterValues } from '../../graph/to-onnx.ts';

/** Reads what the graph behind `outputs` asks for. Throws `FormatError` where the weights lack one. */
export async function valuesFor(
  outputs: Readonly<Record<string, Tensor>>,
  weights: WeightSource,
): Promise<ParameterValues> {
  const values = new Map<string, Float32Array>();
  for (const call of callsInOrder(...Object.values(outputs))) {
    for (const { source } of call.inputs) {
      if (source.kind === 'parameter' && !values.has(source.name))
        values.set(source.name, await weights.read(source.name));
    }
  }
  return (name) => {
    const found = values.get(name);
    if (found === undefined) throw new RangeError(`${name} was not asked for`);
    return found;
  };
}

import type { WeightSource } from '#models/convert/weight-source.ts';
import { parametersOf } from '#models/graph/parameters.ts';
import type { Tensor } from '#models/graph/tensor.ts';
import type { ParameterValues } from '#models/graph/to-onnx.ts';

/** Reads what the graph behind `outputs` asks for. Throws `FormatError` where the weights lack one. */
export async function valuesFor(
  outputs: Readonly<Record<string, Tensor>>,
  weights: WeightSource,
): Promise<ParameterValues> {
  const values = new Map<string, Float32Array>();
  for (const name of parametersOf(outputs).keys()) values.set(name, await weights.read(name));
  return (name) => {
    const found = values.get(name);
    if (found === undefined) throw new RangeError(`${name} was not asked for`);
    return found;
  };
}

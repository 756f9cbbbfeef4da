import { at, defineOp, defineSingle, expectFloat } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, scalar, showShape, sizeOf } from '../tensor.ts';
import { add, div, mul, sqrt, sub } from './elementwise.ts';
import { mean } from './reduce.ts';
import { sum, sumTo } from './sum.ts';

interface Epsilon {
  readonly epsilon: number;
}

const buildLayerNorm = defineSingle<Epsilon>({
  name: 'layerNorm',
  type(inputs) {
    const x = at(inputs, 0);
    for (const tensor of inputs) expectFloat('layerNorm', tensor);
    for (const affine of inputs.slice(1)) {
      if (affine.shape.length !== 1 || affine.shape[0] !== dimOf(x, -1)) {
        throw new GraphError('layerNorm', `${showShape(affine.shape)} does not scale ${showShape(x.shape)}`);
      }
    }
    return { shape: x.shape, dtype: 'float32' };
  },
  onnx: (w, names, { epsilon }) =>
    at(
      w.node('LayerNormalization', names, { attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } }),
      0,
    ),
  gradient({ inputs: [input, weight, bias], grad, attributes: { epsilon } }) {
    const [x, gain, shift] = [at([input], 0), at([weight], 0), at([bias], 0)];
    const [standard, inverseDeviation] = standardise(x, epsilon);
    // with z = (x - mean) / deviation:  dx = (dz - mean(dz) - z mean(dz z)) / deviation
    const dz = mul(grad, gain);
    const flow = sub(sub(dz, mean(dz, -1)), mul(standard, mean(mul(dz, standard), -1)));
    return [mul(flow, inverseDeviation), sumTo(mul(grad, standard), gain.shape), sumTo(grad, shift.shape)];
  },
});

/** LayerNorm over the last axis. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  return buildLayerNorm([x, weight, bias], { epsilon });
}

const buildStandardise = defineOp<Epsilon>({
  name: 'standardise',
  types([input]) {
    const x = at([input], 0);
    return [
      { shape: x.shape, dtype: 'float32' },
      { shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' },
    ];
  },
  onnx(w, [x], { epsilon }, [input]) {
    const width = sizeOf(at([input], 0), -1);
    const ones = w.float32(new Array<number>(width).fill(1), [width]);
    const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
    const [standard, , inverse] = w.node('LayerNormalization', [at([x], 0), ones], {
      attributes,
      outputs: 3,
    });
    return [at([standard], 0), at([inverse], 0)];
  },
});

/** The last axis with mean 0 and variance 1, and 1 / deviation; a part of LayerNorm's gradient, so it has none itself. */
function standardise(x: Tensor, epsilon: number): readonly [Tensor, Tensor] {
  const outputs = buildStandardise([x], { epsilon });
  return [at(outputs, 0), at(outputs, 1)];
}

/** LLaMA's RMSNorm over the last axis. */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return mul(div(x, sqrt(add(mean(mul(x, x), -1), scalar(epsilon)))), weight);
}

/** `x / |x|` along the last axis. */
export function unitLength(x: Tensor): Tensor {
  return div(x, sqrt(sum(mul(x, x), [-1])));
}

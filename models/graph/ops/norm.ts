import { defineOp, defineSingle, expectFloat, type OutputType, type Unary } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, scalar, showShape, sizeOf } from '../tensor.ts';
import { add, div, mul, sqrt, sub } from './elementwise.ts';
import { mean } from './reduce.ts';
import { sum, sumTo } from './sum.ts';

interface Epsilon {
  readonly epsilon: number;
}

const buildLayerNorm = defineSingle<readonly [x: Tensor, weight: Tensor, bias: Tensor], Epsilon>({
  name: 'layerNorm',
  type([x, ...affines]) {
    for (const tensor of [x, ...affines]) expectFloat('layerNorm', tensor);
    for (const affine of affines) {
      if (affine.shape.length !== 1 || affine.shape[0] !== dimOf(x, -1)) {
        throw new GraphError('layerNorm', `${showShape(affine.shape)} does not scale ${showShape(x.shape)}`);
      }
    }
    return { shape: x.shape, dtype: 'float32' };
  },
  onnx: (w, names, { epsilon }) =>
    w.node('LayerNormalization', names, { attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } }),
  gradient({ inputs: [x, weight, bias], grad, attributes: { epsilon } }) {
    const [standard, inverseDeviation] = standardise(x, epsilon);
    // with z = (x - mean) / deviation:  dx = (dz - mean(dz) - z mean(dz z)) / deviation
    const dz = mul(grad, weight);
    const flow = sub(sub(dz, mean(dz, -1)), mul(standard, mean(mul(dz, standard), -1)));
    return [mul(flow, inverseDeviation), sumTo(mul(grad, standard), weight.shape), sumTo(grad, bias.shape)];
  },
});

/** LayerNorm over the last axis. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  return buildLayerNorm([x, weight, bias], { epsilon });
}

const buildStandardise = defineOp<Unary, readonly [OutputType, OutputType], Epsilon>({
  name: 'standardise',
  types: ([x]) => [
    { shape: x.shape, dtype: 'float32' },
    { shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' },
  ],
  onnx(w, [x], { epsilon }, [input]) {
    const width = sizeOf(input, -1);
    const ones = w.float32(new Array<number>(width).fill(1), [width]);
    const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
    const labels = ['standard', 'mean', 'inverse deviation'] as const;
    const [standard, , inverse] = w.nodes('LayerNormalization', [x, ones], labels, { attributes });
    return [standard, inverse];
  },
});

/** The last axis with mean 0 and variance 1, and 1 / deviation; a part of LayerNorm's gradient, so it has none itself. */
function standardise(x: Tensor, epsilon: number): readonly [Tensor, Tensor] {
  return buildStandardise([x], { epsilon });
}

/** LLaMA's RMSNorm over the last axis. */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return mul(div(x, sqrt(add(mean(mul(x, x), -1), scalar(epsilon)))), weight);
}

/** `x / |x|` along the last axis. */
export function unitLength(x: Tensor): Tensor {
  return div(x, sqrt(sum(mul(x, x), [-1])));
}

import { type Binary, defineSingle, expectFloat, sameFloat, type Unary } from '../define-op.ts';
import type { Dim, Shape, Tensor } from '../tensor.ts';
import { GraphError, scalar, showShape } from '../tensor.ts';
import { sumTo } from './sum.ts';

/** numpy's rule: align at the end, size 1 stretches. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index): Dim => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new GraphError(op, `${showShape(a)} and ${showShape(b)} do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

type Gradient = (grad: Tensor, inputs: Binary, output: Tensor) => Binary;

function binary(name: string, onnx: string, gradient?: Gradient): (a: Tensor, b: Tensor) => Tensor {
  const build = defineSingle<Binary, object>({
    name,
    type([a, b]) {
      for (const tensor of [a, b]) expectFloat(name, tensor);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: 'float32' };
    },
    onnx: (w, names) => w.node(onnx, names),
    ...(gradient && {
      gradient: ({ inputs, output, grad }) => {
        const [a, b] = inputs;
        const [byA, byB] = gradient(grad, inputs, output);
        return [sumTo(byA, a.shape), sumTo(byB, b.shape)];
      },
    }),
  });
  return (a, b) => build([a, b], {});
}

function unary(name: string, onnx: string, gradient: (grad: Tensor, x: Tensor, y: Tensor) => Tensor) {
  const build = defineSingle<Unary, object>({
    name,
    type: ([x]) => sameFloat(name, x),
    onnx: (w, names) => w.node(onnx, names),
    gradient: ({ inputs: [x], output, grad }) => [gradient(grad, x, output)],
  });
  return (x: Tensor): Tensor => build([x], {});
}

export const add = binary('add', 'Add', (g) => [g, g]);
export const sub = binary('sub', 'Sub', (g) => [g, neg(g)]);
export const mul = binary('mul', 'Mul', (g, [a, b]) => [mul(g, b), mul(g, a)]);
export const div = binary('div', 'Div', (g, [, b], y) => [div(g, b), neg(div(mul(g, y), b))]);

/** No gradient: used where a bound is data, such as the clipping of gradients. */
export const minimum = binary('minimum', 'Min');

export const neg = unary('neg', 'Neg', (g) => neg(g));
export const exp = unary('exp', 'Exp', (g, _, y) => mul(g, y));
export const log = unary('log', 'Log', (g, x) => div(g, x));
export const sqrt = unary('sqrt', 'Sqrt', (g, _, y) => div(g, mul(scalar(2), y)));
export const erf = unary('erf', 'Erf', (g, x) =>
  mul(mul(g, scalar(2 / Math.sqrt(Math.PI))), exp(neg(mul(x, x)))),
);
export const sigmoid = unary('sigmoid', 'Sigmoid', (g, _, y) => mul(g, mul(y, sub(scalar(1), y))));

/** `x * factor`. */
export function scale(x: Tensor, factor: number): Tensor {
  return mul(x, scalar(factor));
}

const buildCast = defineSingle<Unary, object>({
  name: 'cast',
  type: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  onnx: (w, names) => w.node('Cast', names, { attributes: { to: { int: 1 } } }),
  gradient: () => [undefined],
});

/** Integers (pixels as bytes, counts) as float32; no gradient flows to integers. */
export function toFloat(x: Tensor): Tensor {
  return buildCast([x], {});
}

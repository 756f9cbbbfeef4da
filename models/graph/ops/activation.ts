import { defineSingle, sameFloat, type Unary } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { scalar } from '../tensor.ts';
import { add, erf, exp, mul, neg, scale, sigmoid, sub } from './elementwise.ts';

const buildGate = defineSingle<Unary, { alpha: number }>({
  name: 'sigmoidGate',
  type: ([x]) => sameFloat('sigmoidGate', x),
  onnx: (w, names, { alpha }) =>
    w.node('QuickGelu', names, { domain: 'com.microsoft', attributes: { alpha: { float: alpha } } }),
  // y = x s, s = sigmoid(alpha x)  =>  y' = s + alpha y (1 - s)
  gradient: ({ inputs: [x], output, grad, attributes: { alpha } }) => {
    const s = sigmoid(scale(x, alpha));
    return [mul(grad, add(s, mul(scale(output, alpha), sub(scalar(1), s))))];
  },
});

/** CLIP's activation, `x * sigmoid(1.702 x)`. */
export function quickGelu(x: Tensor): Tensor {
  return buildGate([x], { alpha: 1.702 });
}

/** LLaMA's activation, `x * sigmoid(x)`. */
export function silu(x: Tensor): Tensor {
  return buildGate([x], { alpha: 1 });
}

const buildGelu = defineSingle<Unary, object>({
  name: 'gelu',
  type: ([x]) => sameFloat('gelu', x),
  onnx: (w, names) => w.node('Gelu', names, { domain: 'com.microsoft' }),
  // y = x Phi(x)  =>  y' = Phi(x) + x phi(x)
  gradient({ inputs: [x], grad }) {
    const cumulative = scale(add(scalar(1), erf(scale(x, Math.SQRT1_2))), 0.5);
    const density = scale(exp(neg(scale(mul(x, x), 0.5))), 1 / Math.sqrt(2 * Math.PI));
    return [mul(grad, add(cumulative, mul(x, density)))];
  },
});

/** Exact GELU, `x * Phi(x)`: LLaVA-1.5's projector. */
export function gelu(x: Tensor): Tensor {
  return buildGelu([x], {});
}

/** GELU with tanh in place of the normal distribution's integral, `x (1 + tanh(u)) / 2 = x sigmoid(2u)`: SigLIP's. */
export function geluTanh(x: Tensor): Tensor {
  const cubic = add(x, scale(mul(mul(x, x), x), 0.044715));
  return mul(x, sigmoid(scale(cubic, 2 * Math.sqrt(2 / Math.PI))));
}

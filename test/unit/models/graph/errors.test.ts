import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradients } from '#models/graph/gradient.ts';
import { attention } from '#models/graph/ops/attention.ts';
import { add, minimum } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { concat, pad, reshape, slice, split, transpose } from '#models/graph/ops/movement.ts';
import { layerNorm } from '#models/graph/ops/norm.ts';
import { softmax } from '#models/graph/ops/reduce.ts';
import { expand, sum } from '#models/graph/ops/sum.ts';
import { constant, input, multiplyDims, parameter, sizeOf } from '#models/graph/tensor.ts';
import { toOnnx } from '#models/graph/to-onnx.ts';

describe('what cannot be right fails when the graph is built', () => {
  const x = input('x', [2, 3]);
  const wrong: Record<string, [() => unknown, RegExp]> = {
    'shapes that do not broadcast': [
      () => add(x, input('y', [2, 2])),
      /add: \[2, 3\] and \[2, 2\] do not broadcast/,
    ],
    'matrices that do not multiply': [() => matmul(x, x), /matmul: \[2, 3\] and \[2, 3\] do not multiply/],
    'a reshape that loses values': [() => reshape(x, [5]), /reshape: \[2, 3\] does not fill \[5\]/],
    'a slice outside': [() => slice(x, 1, 1, 4), /slice: 1\.\.4 is not inside axis 1/],
    'an axis that is not there': [() => softmax(x, 2), /softmax: \[2, 3\] has no axis 2/],
    'heads that do not divide the width': [
      () => attention(input('q', [1, 2, 3]), input('q', [1, 2, 3]), input('q', [1, 2, 3]), 2),
      /attention: .* with 2 heads/,
    ],
    'a loss that is no scalar': [() => gradients(x, [x]), /the loss is \[2, 3\], not a scalar/],
    'a tensor the loss does not depend on': [
      () => gradients(reshape(sum(x, [0, 1]), []), [input('other', [1])]),
      /does not depend on other/,
    ],
    'an op without a rule': [
      () => gradients(reshape(sum(minimum(x, x), [0, 1]), []), [x]),
      /minimum: has no gradient rule/,
    ],
    'a concatenation of other sizes': [
      () => concat([x, input('y', [3, 3])], 1),
      /concat: \[2, 3\] and \[3, 3\] differ beside axis 1/,
    ],
    'an order that names an axis twice': [() => transpose(x, [0, 0]), /transpose: \[0,0\] does not order/],
    'padding that cuts': [() => pad(x, 0, -1, 0), /pad: -1 before and 0 after/],
    'pieces that do not make the whole': [() => split(input('v', [5]), [2, 2]), /split: pieces of 4/],
    'a repetition of more than one': [
      () => expand(x, [4, 3]),
      /expand: \[2, 3\] does not repeat to \[4, 3\]/,
    ],
    'a gain of another width': [
      () => layerNorm(x, input('g', [2]), input('b', [3]), 1e-5),
      /layerNorm: \[2\] does not scale \[2, 3\]/,
    ],
    'ids that are no integers': [() => lookup(x, input('ids', [2])), /lookup: .* got \[2, 3\] and float32/],
    'arithmetic on integers': [() => add(x, input('n', [2, 3], 'int64')), /add: needs float32, got int64/],
    'a size that is not known yet': [() => sizeOf(input('z', ['T']), 0), /axis 0 of \[T\] is not known yet/],
    'a product of unknown sizes': [() => multiplyDims('N', 'T'), /N x T has no name/],
    'a constant with too few values': [() => constant([1, 2], [3]), /2 values do not fill \[3\]/],
    'a parameter with too many values': [
      () => toOnnx('g', { y: parameter('w', [2]) }, () => new Float32Array(3)),
      /w: 3 values do not fill \[2\]/,
    ],
    'an input with two shapes': [
      () => toOnnx('g', { y: sum(x, [0]), z: input('x', [3]) }, () => new Float32Array()),
      /x: is fed as \[3\] and as \[2, 3\]/,
    ],
    'a slice that begins at no number': [
      () => slice(x, 1, Number('T'), 2),
      /slice: NaN\.\.2 is not inside axis 1 of \[2, 3\]/,
    ],
    'a slice that ends at no number': [() => slice(x, 1, 0, Number('T')), /slice: 0\.\.NaN is not inside/],
    'a slice between two values': [() => slice(x, 1, 0.5, 1.5), /slice: 0\.5\.\.1\.5 is not inside/],
    'padding by no number': [() => pad(x, 1, 0, Number('T')), /pad: 0 before and NaN after/],
    'padding by half a value': [() => pad(x, 1, 0.5, 0.5), /pad: 0\.5 before and 0\.5 after/],
    'a reshape to no number': [
      () => reshape(x, [2, Number('T')]),
      /reshape: \[2, 3\] does not fill \[2, NaN\]/,
    ],
    'a reshape to a fraction': [() => reshape(x, [4, 1.5]), /reshape: 1\.5 in \[4, 1\.5\] is not a size/],
    'an input of no number': [() => input('y', [Number('T')]), /y: NaN in \[NaN\] is not a size/],
    'a parameter of a fraction': [() => parameter('w', [0.5]), /w: 0\.5 in \[0\.5\] is not a size/],
    'an axis that is no number': [() => softmax(x, Number('T')), /softmax: \[2, 3\] has no axis NaN/],
    'two unknown sizes': [
      () => reshape(input('z', ['N', 'T']), [1, 'N', 'T']),
      /more than one size to find out/,
    ],
  };
  for (const [name, [build, message]] of Object.entries(wrong))
    test(name, () => assert.throws(build, message));
});

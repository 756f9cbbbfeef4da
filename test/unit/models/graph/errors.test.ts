import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradients } from '../../../../models/graph/gradient.ts';
import { attention } from '../../../../models/graph/ops/attention.ts';
import { add, minimum } from '../../../../models/graph/ops/elementwise.ts';
import { matmul } from '../../../../models/graph/ops/matmul.ts';
import { reshape, slice } from '../../../../models/graph/ops/movement.ts';
import { softmax } from '../../../../models/graph/ops/reduce.ts';
import { sum } from '../../../../models/graph/ops/sum.ts';
import { input } from '../../../../models/graph/tensor.ts';

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
    'two unknown sizes': [
      () => reshape(input('z', ['N', 'T']), ['N', 'T', 1]),
      /more than one size to find out/,
    ],
  };
  for (const [name, [build, message]] of Object.entries(wrong))
    test(name, () => assert.throws(build, message));
});

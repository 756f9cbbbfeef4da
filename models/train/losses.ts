import { add, div, mul, neg, scale, sub, toFloat } from '#models/graph/ops/elementwise.ts';
import { reshape, transpose } from '#models/graph/ops/movement.ts';
import { logSoftmax } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { constant, input, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import type { Architecture } from '#models/package/architecture.ts';

/** Bytes [N, H, W, 3] as the tower wants them, [N, 3, H, W]: /255, minus mean, by deviation. */
export function normalised(name: string, pictures: number, { tower, mean, std }: Architecture): Tensor {
  const bytes = input(name, [pictures, tower.imageSize, tower.imageSize, 3], 'uint8');
  const unit = scale(toFloat(bytes), 1 / 255);
  return transpose(div(sub(unit, constant(mean, [3])), constant(std, [3])), [0, 3, 1, 2]);
}

export function total(x: Tensor): Tensor {
  return reshape(
    sum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );
}

/** Cross-entropy of each row of logits [N, M] against target weights [N, M] that sum to 1, averaged over rows. */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return scale(neg(total(mul(logSoftmax(logits, 1), targets))), 1 / sizeOf(logits, 0));
}

/**
 * Both directions of a contrastive loss, halved. Texts that are true of the same share a row's target, which sums to 1;
 * `back` has the other direction's rows where they are not the same weights turned over.
 */
export function symmetric(
  logits: Tensor,
  targets: Tensor,
  back: Tensor = transpose(targets, [1, 0]),
): Tensor {
  const other = transpose(logits, [1, 0]);
  return scale(add(crossEntropy(logits, targets), crossEntropy(other, back)), 0.5);
}

export interface TextBatch {
  readonly ids: Tensor;
  readonly ends: Tensor;
}

export function textBatch(prefix: string, texts: number, length: number): TextBatch {
  return {
    ids: input(`${prefix}ids`, [texts, length], 'int64'),
    ends: input(`${prefix}ends`, [texts], 'int64'),
  };
}

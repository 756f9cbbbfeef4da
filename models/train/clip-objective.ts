import { at } from '#core/at.ts';
import { add, div, exp, mul, scale, sub, toFloat } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { reshape, slice } from '#models/graph/ops/movement.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { constant, input, type Tensor } from '#models/graph/tensor.ts';
import { imageEmbedding, sparseTower, textEmbedding, textTokens, visionTower } from '#models/nets/clip.ts';
import { type Weights, scope } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { crossEntropy, normalised, symmetric, textBatch } from './losses.ts';
import type { Objective } from './trainer.ts';

/** Short texts that every picture is told apart by: one softmax over each bank. */
export interface BankShape {
  readonly name: string;
  readonly texts: number;
  /** Places of the longest, with its begin and end. */
  readonly length: number;
  readonly weight: number;
}

export interface ClipBatchShape {
  readonly batch: number;
  /** Places of the longest caption. */
  readonly length: number;
  /** Patches of each picture that the tower sees; all where left out. */
  readonly kept?: number | undefined;
  readonly banks: readonly BankShape[];
}

/**
 * CLIP (Radford et al. 2021): pictures against texts, several of which may be true of one picture, plus each picture
 * against the same banks of short texts in every step.
 */
export function clipObjective(arch: Architecture, shape: ClipBatchShape): (weights: Weights) => Objective {
  const { batch, banks } = shape;
  return (weights) => {
    const vision = scope(weights, 'vision_model');
    const states =
      shape.kept === undefined
        ? visionTower(vision, normalised('pixels', batch, arch), arch.tower)
        : sparseTower(
            vision,
            normalisedPatches(batch, shape.kept, arch),
            input('places', [batch * shape.kept], 'int64'),
            arch.tower,
          );
    const cls = reshape(slice(at(states, arch.tower.layers), 1, 0, 1), [batch, arch.tower.width]);
    const images = unitLength(imageEmbedding(weights, cls, arch.tower, arch.jointWidth));
    const tau = exp(weights('logit_scale', [1]));
    const logitsOf = (prefix: string, texts: number, length: number): Tensor => {
      const { ids, ends } = textBatch(prefix, texts, length);
      const embedded = unitLength(textEmbedding(textTokens(weights, ids, arch.text, arch.jointWidth), ends));
      return mul(matmul(images, embedded, { transposeB: true }), tau);
    };
    const contrast = symmetric(
      logitsOf('', batch, shape.length),
      input('targets', [batch, batch]),
      input('targetsBack', [batch, batch]),
    );
    const losses = banks.map(({ name, texts, length }) =>
      crossEntropy(logitsOf(`${name}.`, texts, length), input(`${name}.targets`, [batch, texts])),
    );
    const loss = banks.reduce((sum, { weight }, bank) => add(sum, scale(at(losses, bank), weight)), contrast);
    const ofBanks = Object.fromEntries(banks.map(({ name }, bank) => [name, at(losses, bank)]));
    return { loss, metrics: { scale: tau, contrast, ...ofBanks } };
  };
}

/** Bytes [N, K, 3, P*P] as the tower wants them, [N, K, 3*P*P]. */
function normalisedPatches(batch: number, kept: number, { tower, mean, std }: Architecture): Tensor {
  const area = tower.patchSize ** 2;
  const bytes = input('patches', [batch, kept, 3, area], 'uint8');
  const unit = scale(toFloat(bytes), 1 / 255);
  const normal = div(sub(unit, constant(mean, [3, 1])), constant(std, [3, 1]));
  return reshape(normal, [batch, kept, 3 * area]);
}

import { at } from '#core/at.ts';
import { add, div, exp, mul, scale, sqrt, sub } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { reshape, transpose } from '#models/graph/ops/movement.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { mean } from '#models/graph/ops/reduce.ts';
import { input, integers, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { patchCount, textEmbedding, textTokens } from '#models/nets/clip.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import { stanBranch, towerView } from '#models/nets/stan.ts';
import { frameEmbeddings } from '#models/nets/video-tokens.ts';
import type { Weights } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { crossEntropy, symmetric, textBatch, total } from './losses.ts';
import type { BankShape } from './clip-objective.ts';
import { branchStates } from './tower-cache.ts';
import type { Objective } from './trainer.ts';

/** The frozen tower's states as inputs `<name>.<state>`, [N, L+1, D] each; the others are not there. */
function cachedTower(
  name: string,
  pictures: number,
  states: readonly number[],
  { tower }: Architecture,
): Tensor[] {
  const shape = [pictures, patchCount(tower) + 1, tower.width];
  const known: Tensor[] = [];
  for (const state of states) known[state] = input(`${name}.${state}`, shape);
  return known;
}

export interface StanBatchShape {
  readonly clips: number;
  readonly frames: number;
  /** Still pictures beside the clips, 0 for none. */
  readonly pictures: number;
}

export interface StanLossConfig {
  readonly mug: MugConfig;
  /** Short texts that every clip is told apart by, in each step. */
  readonly bank: BankShape;
  /** Temperature of the contrast between pairs; Mug's own tau weighs inside a pair. */
  readonly contrast: number;
  /** Weight of the pictures' contrastive loss. */
  readonly pictureLoss: number;
  /** Weight of the distance between the branch's and the tower's tokens on pictures. */
  readonly identityLoss: number;
}

/** Post-pretraining (docs/method.md section 5): clips against captions by Mug; only the branch learns. */
export function stanObjective(
  arch: Architecture,
  shape: StanBatchShape,
  config: StanLossConfig,
): (weights: Weights) => Objective {
  const { clips, frames, pictures } = shape;
  return (weights) => {
    const positions = integers(Array.from({ length: frames }, (_, frame) => frame));
    const tower = cachedTower('frames', clips * frames, branchStates(arch), arch);
    const seen = { tower, clips, positions };
    const states = stanBranch(weights, seen, arch.tower, arch.stan);
    const videos = frameEmbeddings(
      weights,
      seen,
      at(states, arch.stan.depth - 1),
      arch.tower,
      arch.jointWidth,
    );
    const logitsOf = (prefix: string, texts: number, length: number): Tensor => {
      const { ids } = textBatch(prefix, texts, length);
      const tokens = textTokens(weights, ids, arch.text, arch.jointWidth);
      const { similarity } = mug(tokens, videos, input(`${prefix}mask`, [texts, length]), config.mug);
      return scale(similarity, config.contrast); // [texts, clips]
    };
    const contrast = symmetric(
      logitsOf('', clips, arch.text.context),
      input('targets', [clips, clips]),
      input('targetsBack', [clips, clips]),
    );
    const { bank } = config;
    const told = crossEntropy(
      transpose(logitsOf(`${bank.name}.`, bank.texts, bank.length), [1, 0]),
      input(`${bank.name}.targets`, [clips, bank.texts]),
    );
    const loss = add(contrast, scale(told, bank.weight));
    const video = { contrast, [bank.name]: told, ...closeness(states, seen, arch) };
    if (pictures === 0) return { loss, metrics: video };
    const still = pictureTerms(weights, pictures, arch, config);
    return { loss: add(loss, still.loss), metrics: { ...video, ...still.metrics } };
  };
}

/** How much longer the branch's patch tokens are than the tower's: too long drowns colour and shape. */
function closeness(
  states: readonly { patches: Tensor }[],
  { tower, clips, positions }: { tower: readonly Tensor[]; clips: number; positions: Tensor },
  { tower: { layers } }: Architecture,
): Record<string, Tensor> {
  const own = at(states, states.length - 1).patches;
  const theirs = towerView(at(tower, layers), clips, sizeOf(positions, 0)).patches;
  return { lengthRatio: sqrt(div(total(mul(own, own)), total(mul(theirs, theirs)))) };
}

/** On stills the branch should leave the picture's meaning and tokens where the chatbot knows them. */
function pictureTerms(
  weights: Weights,
  pictures: number,
  arch: Architecture,
  config: StanLossConfig,
): Objective {
  const tower = cachedTower('pictures', pictures, branchStates(arch), arch);
  const seen = { tower, clips: pictures, positions: integers([0]) };
  const states = stanBranch(weights, seen, arch.tower, arch.stan);
  const last = at(states, arch.stan.depth - 1);
  const images = reshape(frameEmbeddings(weights, seen, last, arch.tower, arch.jointWidth), [
    pictures,
    arch.jointWidth,
  ]);
  const { ids, ends } = textBatch('picture.', pictures, arch.text.context);
  const texts = textEmbedding(textTokens(weights, ids, arch.text, arch.jointWidth), ends);
  const tau = exp(weights('logit_scale', [1]));
  const logits = mul(matmul(unitLength(images), unitLength(texts), { transposeB: true }), tau);
  const contrast = symmetric(logits, input('picture.targets', [pictures, pictures]));
  const distances = [1, 2].map((back) => {
    const { cls, patches } = at(states, arch.stan.depth - back);
    const theirs = towerView(at(tower, arch.tower.layers + 1 - back), pictures, 1);
    return add(relativeDistance(patches, theirs.patches), relativeDistance(cls, theirs.cls));
  });
  const identity = scale(distances.reduce(add), 0.25);
  const loss = add(scale(contrast, config.pictureLoss), scale(identity, config.identityLoss));
  return { loss, metrics: { pictureLoss: contrast, identity } };
}

/** Mean squared difference over the variance of what is to be met. */
function relativeDistance(x: Tensor, target: Tensor): Tensor {
  const difference = sub(x, target);
  const centred = sub(target, mean(target, 3));
  return div(total(mul(difference, difference)), total(mul(centred, centred)));
}

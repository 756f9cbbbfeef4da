import { at } from '#core/at.ts';
import { add, div, exp, mul, neg, scale, sqrt, sub, toFloat } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { concat, reshape, slice, transpose } from '#models/graph/ops/movement.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { logSoftmax, mean } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { constant, input, integers, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { imageEmbedding, textEmbedding, textTokens, visionTower } from '#models/nets/clip.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import { project } from '#models/nets/projector.ts';
import { stanBranch, towerView } from '#models/nets/stan.ts';
import { frameEmbeddings, plainTokens } from '#models/nets/video-tokens.ts';
import { type Weights, scope } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import type { Objective } from './trainer.ts';

/** Bytes [N, H, W, 3] as the tower wants them, [N, 3, H, W]: /255, minus mean, by deviation. */
function normalised(name: string, pictures: number, { tower, mean, std }: Architecture): Tensor {
  const bytes = input(name, [pictures, tower.imageSize, tower.imageSize, 3], 'uint8');
  const unit = scale(toFloat(bytes), 1 / 255);
  return transpose(div(sub(unit, constant(mean, [3])), constant(std, [3])), [0, 3, 1, 2]);
}

function total(x: Tensor): Tensor {
  return reshape(
    sum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );
}

/** Cross-entropy of each row of logits [N, M] against target weights [N, M] that sum to 1, averaged over rows. */
function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return scale(neg(total(mul(logSoftmax(logits, 1), targets))), 1 / sizeOf(logits, 0));
}

/** Both directions of a contrastive loss, halved. Captions that say the same share the target (`targets` rows sum to 1). */
function symmetric(logits: Tensor, targets: Tensor): Tensor {
  const back = transpose(logits, [1, 0]);
  return scale(add(crossEntropy(logits, targets), crossEntropy(back, transpose(targets, [1, 0]))), 0.5);
}

interface TextBatch {
  readonly ids: Tensor;
  readonly ends: Tensor;
}

function textBatch(prefix: string, texts: number, { text }: Architecture): TextBatch {
  return {
    ids: input(`${prefix}ids`, [texts, text.context], 'int64'),
    ends: input(`${prefix}ends`, [texts], 'int64'),
  };
}

/** CLIP (Radford et al. 2021): pictures against their captions. */
export function clipObjective(arch: Architecture, batch: number): (weights: Weights) => Objective {
  return (weights) => {
    const states = visionTower(scope(weights, 'vision_model'), normalised('pixels', batch, arch), arch.tower);
    const cls = reshape(slice(at(states, arch.tower.layers), 1, 0, 1), [batch, arch.tower.width]);
    const images = unitLength(imageEmbedding(weights, cls, arch.tower, arch.jointWidth));
    const { ids, ends } = textBatch('', batch, arch);
    const texts = unitLength(textEmbedding(textTokens(weights, ids, arch.text, arch.jointWidth), ends));
    const tau = exp(weights('logit_scale', [1]));
    const logits = mul(matmul(images, texts, { transposeB: true }), tau);
    return { loss: symmetric(logits, input('targets', [batch, batch])), metrics: { scale: tau } };
  };
}

export interface ChatBatchShape {
  readonly pictures: number;
  /** Tokens before the picture, the same in every row: the template's start. */
  readonly prefix: readonly number[];
  /** Tokens after the picture: questions and answers, padded. */
  readonly rest: number;
}

/** LLaVA: next-token loss on the answers about one picture each; the tower is frozen, the projector and the LLM learn. */
export function chatObjective(arch: Architecture, shape: ChatBatchShape): (weights: Weights) => Objective {
  const { pictures, prefix, rest } = shape;
  return (weights) => {
    const tower = visionTower(
      scope(weights, 'vision_model'),
      normalised('pixels', pictures, arch),
      arch.tower,
    );
    const seen = { tower, clips: pictures, positions: integers([0]) };
    const picture = project(weights, plainTokens(weights, seen, arch.tower, arch.tokens), arch.projector);
    const start = lookupRepeated(weights, prefix, pictures, arch);
    const ids = input('ids', [pictures, rest], 'int64');
    const sequence = concat([start, picture, embedTokens(weights, ids, arch.llm)], 1);
    const before = prefix.length + sizeOf(picture, 1);
    const logits = slice(llamaDecoder(weights, sequence, arch.llm), 1, before, before + rest);
    const logProbabilities = reshape(logSoftmax(logits, 2), [pictures * rest * arch.llm.vocabulary, 1]);
    // one flat place per position: its row and the token that comes next there; weights choose the answers' positions
    const chosen = lookup(logProbabilities, input('targets', [pictures * rest], 'int64'));
    const weighted = mul(chosen, input('targetWeights', [pictures * rest, 1]));
    return { loss: neg(total(weighted)), metrics: {} };
  };
}

function lookupRepeated(
  weights: Weights,
  prefix: readonly number[],
  times: number,
  arch: Architecture,
): Tensor {
  const ids = integers(Array.from({ length: times }, () => prefix).flat());
  return reshape(embedTokens(weights, ids, arch.llm), [times, prefix.length, arch.llm.width]);
}

export interface StanBatchShape {
  readonly clips: number;
  readonly frames: number;
  /** Still pictures beside the clips, 0 for none. */
  readonly pictures: number;
}

export interface StanLossConfig {
  readonly mug: MugConfig;
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
    const tower = visionTower(
      scope(weights, 'vision_model'),
      normalised('frames', clips * frames, arch),
      arch.tower,
    );
    const seen = { tower, clips, positions };
    const states = stanBranch(weights, seen, arch.tower, arch.stan);
    const videos = frameEmbeddings(
      weights,
      seen,
      at(states, arch.stan.depth - 1),
      arch.tower,
      arch.jointWidth,
    );
    const { ids } = textBatch('', clips, arch);
    const tokens = textTokens(weights, ids, arch.text, arch.jointWidth);
    const { similarity } = mug(tokens, videos, input('mask', [clips, arch.text.context]), config.mug);
    const logits = scale(similarity, config.contrast);
    const loss = symmetric(logits, input('targets', [clips, clips]));
    const video = { videoLoss: loss, ...closeness(states, seen, arch) };
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
  const tower = visionTower(
    scope(weights, 'vision_model'),
    normalised('pictures', pictures, arch),
    arch.tower,
  );
  const seen = { tower, clips: pictures, positions: integers([0]) };
  const states = stanBranch(weights, seen, arch.tower, arch.stan);
  const last = at(states, arch.stan.depth - 1);
  const images = reshape(frameEmbeddings(weights, seen, last, arch.tower, arch.jointWidth), [
    pictures,
    arch.jointWidth,
  ]);
  const { ids, ends } = textBatch('picture.', pictures, arch);
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

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { input, integers } from '#models/graph/tensor.ts';
import { stanBranch } from '#models/nets/stan.ts';
import { WeightSet } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { initialValue } from '#models/train/initialise.ts';
import { chatObjective } from '#models/train/chat-objective.ts';
import { clipObjective } from '#models/train/clip-objective.ts';
import { stanObjective } from '#models/train/stan-objective.ts';
import type { Batch } from '#models/train/stage.ts';
import { branchStart } from '#models/train/stages/stan.ts';
import { sharedTargets } from '#models/train/texts.ts';
import { type GroupRule, Trainer, type TrainerOptions } from '#models/train/trainer.ts';
import type { WeightMap } from '#models/train/training-state.ts';
import { adamW } from '#models/train/training-step.ts';

const vocabulary = 9;
const layer = { width: 8, heads: 2, mlpWidth: 16, epsilon: 1e-5 };
const arch: Architecture = {
  tower: { ...layer, layers: 3, imageSize: 8, patchSize: 4 },
  text: { ...layer, layers: 1, vocabulary, context: 4 },
  jointWidth: 8,
  stan: { depth: 2, interval: 1, temporal: 'attention', maxFrames: 3 },
  tokens: { tap: 'last', tapNorm: 'post', fusion: 'mean', cls: 'first' },
  projector: { kind: 'mlp', width: 8 },
  llm: { ...layer, layers: 1, vocabulary, ropeBase: 10_000 },
  frames: 3,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

/** Pictures that differ, as bytes. */
function pictures(count: number) {
  const data = Uint8Array.from({ length: count * 192 }, (_, index) => (index * index * 31 + index) % 256);
  return { data, shape: [count, 8, 8, 3] };
}

/** A text for each row: begin, a word of its own, end, padding. */
function texts(count: number) {
  const rows = Array.from({ length: count }, (_, row) => row);
  const ids = rows.flatMap((row) => [0, 3 + row, 1, 2]);
  return {
    ids: { data: BigInt64Array.from(ids, BigInt), shape: [count, 4] },
    ends: { data: BigInt64Array.from(rows, (row) => BigInt(row * 4 + 2)), shape: [count] },
    mask: { data: Float32Array.from(ids, (id) => Number(id !== 2)), shape: [count, 4] },
  };
}

const captions = ['one', 'two', 'three'];
const bank = { name: 'bank', texts: 3, length: 4, weight: 0.5 };
const clipShape = { batch: 3, length: 4, banks: [bank] };

function bankBatch(): Batch {
  const { ids, ends, mask } = texts(3);
  return {
    'bank.ids': ids,
    'bank.ends': ends,
    'bank.mask': mask,
    ...sharedTargets(captions, 'bank.targets'),
  };
}

/** What a frozen tower might have given: states after its layers. */
function states(count: number) {
  const data = Float32Array.from({ length: count * 5 * 8 }, (_, index) => Math.sin(index * index + count));
  return { data, shape: [count, 5, 8] };
}

/** All that any of the objectives asks for, with first values: what an earlier stage would have left. */
function foundation(): WeightMap {
  const asked = new WeightSet();
  clipObjective(arch, clipShape)(asked.get);
  const drawn = [...asked.tensors].map(
    ([name, { shape }]) => [name, initialValue(name, shape.map(Number), 1)] as const,
  );
  return new Map([...drawn, ['logit_scale', Float32Array.of(2)]]);
}

/** Trains on one batch over and over; gives the losses and the weights of the first and the last step. */
async function overfit(
  objective: TrainerOptions['objective'],
  batch: Batch,
  learns: GroupRule['matches'],
  start = foundation(),
) {
  const groups = [{ name: 'all', matches: learns, rate: 1, weightDecay: 0 }];
  const trainer = await Trainer.create({ objective, groups, start, seed: 1, adamW, threads: 1 });
  const copied = () => new Map([...trainer.weights()].map(([name, values]) => [name, values.slice()]));
  const before = copied();
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) losses.push((await trainer.run(batch, 0.02))['loss']!);
  const after = copied();
  await trainer.release();
  return { first: losses[0]!, last: losses.at(-1)!, before, after };
}

/** What is frozen is as it was, and all that learns has moved. */
function assertMoved(before: WeightMap, after: WeightMap, learns: (name: string) => boolean): void {
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  for (const [name, values] of before) {
    // a key's bias shifts a whole row of scores alike: but for rounding it has no gradient
    if (name.endsWith('k_proj.bias')) continue;
    if (learns(name)) assert.notDeepEqual(after.get(name), values, `${name} learns`);
    else assert.deepEqual(after.get(name), values, `${name} is frozen`);
  }
}

describe('each stage’s loss goes down by what it may change, and only that changes', () => {
  test('CLIP on pictures', async () => {
    const learns = () => true;
    const { ids, ends } = texts(3);
    const batch = {
      pixels: pictures(3),
      ids,
      ends,
      ...sharedTargets(captions),
      ...sharedTargets(captions, 'targetsBack'),
      ...bankBatch(),
    };
    const { first, last, before, after } = await overfit(clipObjective(arch, clipShape), batch, learns);
    assert.ok(last < first / 4, `${first} to ${last}`);
    assertMoved(before, after, learns);
  });

  test('the chatbot on pictures: the tower stays', async () => {
    const learns = (name: string) => /^(projector|blk|output|output_norm|token_embd)\./.test(name);
    const length = 3;
    const cells = 2 * length;
    // each row begins with a token of its picture: an id behind the vocabulary
    const rows = [vocabulary, 4, 5, vocabulary + 5, 7, 8];
    const batch: Batch = {
      'picture.states': states(2),
      ids: { data: BigInt64Array.from(rows, BigInt), shape: [2, length] },
      answerPositions: {
        data: BigInt64Array.from({ length: cells }, (_, cell) => BigInt(cell)),
        shape: [cells],
      },
      targets: {
        data: BigInt64Array.from([4, 5, 6, 7, 8, 1], (token, cell) => BigInt(cell * vocabulary + token)),
        shape: [cells],
      },
      targetWeights: { data: new Float32Array(cells).fill(1 / cells), shape: [cells, 1] },
    };
    const objective = chatObjective(arch, { pictures: 2, rows: 2, length, answers: cells });
    const { first, last, before, after } = await overfit(objective, batch, learns);
    // as good as guessing at first
    assert.ok(Math.abs(first - Math.log(vocabulary)) < 1, `${first}`);
    assert.ok(last < first / 4, `${first} to ${last}`);
    assertMoved(before, after, learns);
  });

  test('STAN on clips and stills: CLIP stays', async () => {
    const learns = (name: string) => name.startsWith('stan.');
    const { ids, ends, mask } = texts(3);
    const batch: Batch = {
      'frames.2': states(9),
      'frames.3': states(9),
      ids,
      mask,
      ...sharedTargets(captions),
      ...sharedTargets(captions, 'targetsBack'),
      ...bankBatch(),
      'pictures.2': states(3),
      'pictures.3': states(3),
      'picture.ids': ids,
      'picture.ends': ends,
      ...sharedTargets(captions, 'picture.targets'),
    };
    const mug = { form: 'full', select: { kind: 'softmax' }, tau: 10 } as const;
    const objective = stanObjective(
      arch,
      { clips: 3, frames: 3, pictures: 3 },
      { mug, bank, contrast: 10, pictureLoss: 0.3, identityLoss: 0.1 },
    );
    const start = branchStart({ arch, seed: 1 }, foundation());
    const { first, last, before, after } = await overfit(objective, batch, learns, start);
    assert.ok(last < first * 0.7, `${first} to ${last}`);
    assertMoved(before, after, learns);
  });
});

test('the branch starts as the tower layers it is aligned with, silent over time', () => {
  const clip = foundation();
  const start = branchStart({ arch, seed: 1 }, clip);
  const asked = new WeightSet();
  const positions = integers([0, 1, 2]);
  const states = [0, 1, 2, 3].map(() => input('states', [3, 5, 8]));
  stanBranch(asked.get, { tower: states, clips: 1, positions }, arch.tower, arch.stan);
  const own = [...asked.tensors.keys()].filter((name) => name.startsWith('stan.'));
  for (const name of own) {
    const [, layer, part] = /^stan\.\w+\.(\d)\.(.*)$/.exec(name) ?? [];
    if (part === undefined) assert.equal(name, 'stan.time_embed.weight');
    else if (part.startsWith('temporal_fc')) assert.ok(!start.has(name));
    else assert.equal(start.get(name), clip.get(`vision_model.encoder.layers.${Number(layer) + 1}.${part}`));
  }
  assert.equal(new Set(start.get('stan.time_embed.weight')).size, 3 * 8);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '#models/graph/run.ts';
import { WeightSet } from '#models/nets/weights.ts';
import { chatEncoder, retrievalEncoder } from '#models/package/encoders.ts';
import {
  clipTower,
  meanRow,
  norm,
  plus,
  product,
  type Read,
  type Row,
  rowAt,
  stanBranch,
} from '#test/helpers/reference-nets.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';

const layer = { width: 12, heads: 3, mlpWidth: 20, epsilon: 1e-5 };
const arch = {
  ...tinyArchitecture,
  tower: { ...layer, layers: 3, imageSize: 12, patchSize: 4 },
  jointWidth: 7,
};
const { tower, stan, jointWidth } = arch;
const patches = 9;
const frames = 4;

/** Weights as drawn, but no part silent and no look flat. */
const weights = new Map(
  [...randomWeights(arch, 3)].map(([name, { data }]) => {
    const factor = /[qk]_proj\.weight/.test(name) ? 3 : 1;
    const wave = /temporal_fc|embed|bias/.test(name) ? 0.3 : 0;
    return [name, data.map((value, index) => factor * value + wave * Math.sin(index + name.length))];
  }),
);
const read: Read = (name) => weights.get(name) ?? assert.fail(name);
const clip: Row[] = Array.from({ length: frames }, (_, frame) =>
  Array.from({ length: 3 * tower.imageSize ** 2 }, (_, index) => Math.sin((frame + 1) * index + frame)),
);

async function encoded(): Promise<Record<string, Float32Array>> {
  const outputs = retrievalEncoder(new WeightSet().get, arch);
  const graph = await compile(outputs, (name) => Float32Array.from(read(name)), { threads: 1 });
  const results = await graph.run({
    pixels: { data: Float32Array.from(clip.flat()), shape: [frames, 3, tower.imageSize, tower.imageSize] },
    positions: { data: BigInt64Array.from(clip, (_, frame) => BigInt(frame)), shape: [frames] },
  });
  await graph.release();
  return results;
}

function expected(): { frames: Row; plain: Row; looks: Row } {
  const states = clip.map((picture) => clipTower(read, picture, tower));
  const views = Array.from({ length: stan.depth }, (_, k) => {
    const seen = states.map((state) => state[tower.layers - stan.depth + k + 1]!);
    return { cls: meanRow(seen.map(([cls]) => cls!)), patches: seen.map((tokens) => tokens.slice(1)) };
  });
  const positions = read('vision_model.embeddings.position_embedding.weight');
  const start = {
    cls: plus(Array.from(read('vision_model.embeddings.class_embedding')), rowAt(positions, 0, tower.width)),
    positions: Array.from({ length: patches }, (_, l) => rowAt(positions, l + 1, tower.width)),
  };
  const state = stanBranch(read, views, start, tower);
  const joint = (cls: Row): Row =>
    product(read('visual_projection.weight'), norm(read, 'vision_model.post_layernorm', cls, tower.epsilon));
  const lastCls = states.map((state) => state.at(-1)![0]!);
  return {
    frames: lastCls.flatMap((cls) => joint(plus(cls, state.cls))),
    plain: lastCls.flatMap(joint),
    // the mean over heads, without what CLS pays to itself
    looks: state.looks.flatMap((heads) => {
      const [self = 0, ...rest] = meanRow(heads);
      return rest.map((weight) => weight / (1 - self));
    }),
  };
}

describe('the retrieval encoder', async () => {
  const [found, wanted] = [await encoded(), expected()];

  test('gives what the method says, beside loops in float64', () => {
    assertNear(found['frame_embeddings']!, wanted.frames, frames * jointWidth);
    assertNear(found['plain_embeddings']!, wanted.plain, frames * jointWidth);
    assertNear(found['patch_attention']!, wanted.looks, frames * patches);
  });

  test('looks somewhere, in each frame elsewhere, and a frame’s looks sum to 1', () => {
    const rows = clip.map((_, frame) =>
      found['patch_attention']!.slice(frame * patches, (frame + 1) * patches),
    );
    for (const row of rows) {
      assert.ok(Math.abs(row.reduce((total, weight) => total + weight, 0) - 1) < 1e-5);
      assert.ok(Math.max(...row) > 1.2 / patches, `flat: ${row}`);
    }
    assert.notDeepEqual(rows[0], rows[1]);
  });
});

function assertNear(found: Float32Array, wanted: Row, count: number): void {
  assert.equal(wanted.length, count);
  assert.equal(found.length, count);
  const largest = Math.max(...wanted.map(Math.abs));
  found.forEach((value, index) => {
    assert.ok(Math.abs(value - wanted[index]!) < 1e-5 * largest, `${index}: ${value}, not ${wanted[index]}`);
  });
}

test('the tokens of a frame are the plain tokens of a clip of that frame alone', async () => {
  const outputs = chatEncoder(new WeightSet().get, arch);
  const graph = await compile(outputs, (name) => Float32Array.from(read(name)), { threads: 1 });
  const run = (shown: readonly Row[]) =>
    graph.run({
      pixels: {
        data: Float32Array.from(shown.flat()),
        shape: [shown.length, 3, tower.imageSize, tower.imageSize],
      },
      positions: { data: BigInt64Array.from(shown, (_, frame) => BigInt(frame)), shape: [shown.length] },
    });
  const { frame_tokens: all } = await run(clip);
  const size = all.length / frames;
  for (const [frame, picture] of clip.entries()) {
    const { plain_tokens: alone } = await run([picture]);
    assert.equal(alone.length, size);
    for (const [i, value] of alone.entries()) assert.ok(Math.abs(value - all[frame * size + i]!) < 1e-4);
  }
  await graph.release();
});

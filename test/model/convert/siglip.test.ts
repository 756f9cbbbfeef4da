import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Clip, openClip } from '#models/convert/clip.ts';
import type { Llava } from '#models/convert/llava.ts';
import { planPackage } from '#models/convert/plan.ts';
import { textConfig } from '#models/convert/tower.ts';
import { compile, type FeedTensor } from '#models/graph/run.ts';
import { input, type Tensor } from '#models/graph/tensor.ts';
import { visionTower } from '#models/nets/clip.ts';
import { videoTokens } from '#models/nets/video-tokens.ts';
import { type Weights, WeightSet, scope } from '#models/nets/weights.ts';
import type { RetrievalArchitecture } from '#models/package/architecture.ts';
import { retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import {
  drawn,
  randomSiglip,
  tinySiglip,
  writeSiglipFolder,
} from '#test/helpers/public-weights/write-siglip.ts';
import {
  meanRow,
  plus,
  type Read,
  type Row,
  rowAt,
  type Rows,
  stanBranch,
} from '#test/helpers/reference-nets.ts';
import { geluTanh, siglipPool, siglipText, siglipTower } from '#test/helpers/reference-siglip.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = join(tempFolder(), 'siglip');
const weights = randomSiglip(1);
const { width, vision, text } = tinySiglip;
const tower = { ...vision, width, epsilon: 1e-6, activation: geluTanh };
const stan = { depth: 2, interval: 1, temporal: 'attention', maxFrames: 6 } as const;
const tokens = { tap: 'last', tapNorm: 'none', fusion: 'sum', cls: 'none' } as const;
const frames = 4;
const clip: Row[] = Array.from({ length: frames }, (_, frame) =>
  Array.from({ length: 3 * vision.imageSize ** 2 }, (_, index) => Math.sin((frame + 1) * index + frame)),
);
/** Padded as SigLIP is trained, to the end: padding takes part. */
const texts = [
  [5, 9, 1, 1, 1, 1],
  [17, 3, 29, 8, 2, 1],
];
const clipFeeds = {
  pixels: { data: Float32Array.from(clip.flat()), shape: [frames, 3, vision.imageSize, vision.imageSize] },
  positions: { data: BigInt64Array.from(clip, (_, frame) => BigInt(frame)), shape: [frames] },
};
const textFeeds = {
  ids: { data: BigInt64Array.from(texts.flat(), BigInt), shape: [texts.length, text.context] },
};

let opened: Clip;
let arch: RetrievalArchitecture;
/** The branch's weights: no file has them, they are drawn by name. */
const branch = new Map<string, Float32Array>();
const read: Read = (name) => weights.get(name)?.data ?? branch.get(name) ?? assert.fail(name);

before(async () => {
  await writeSiglipFolder(folder, weights);
  opened = await openClip(folder);
  arch = { tower: opened.config, stan, ...textConfig(opened.weights, folder, opened.statedText) };
  const asked = new WeightSet();
  retrievalEncoder(asked.get, arch);
  for (const [name, { shape }] of asked.tensors) {
    if (name.startsWith('stan.')) branch.set(name, drawn(name, shape.map(Number), 2));
  }
});
after(() => opened.close());

/** Runs a net on the folder's weights, read by the nets' names. */
async function run(
  build: (weights: Weights) => Record<string, Tensor>,
  feeds: Readonly<Record<string, FeedTensor>>,
): Promise<Readonly<Record<string, Float32Array>>> {
  const asked = new WeightSet();
  const outputs = build(asked.get);
  const values = new Map<string, Float32Array>();
  for (const name of asked.tensors.keys())
    values.set(name, branch.get(name) ?? (await opened.weights.read(name)));
  const graph = await compile(outputs, (name) => values.get(name) ?? assert.fail(name), { threads: 1 });
  const results = await graph.run(feeds);
  await graph.release();
  return results;
}

/** The largest difference beside the largest value, which float32 keeps far below what a mistake makes. */
function assertNear(found: Float32Array | undefined, wanted: Rows): void {
  const expected = wanted.flat();
  assert.equal(found?.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...expected.map((value, index) => Math.abs(value - found![index]!)));
  assert.ok(difference < 2e-6 * largest, `${difference} beside ${largest}`);
}

/** All of the branch on SigLIP's states, by docs/backbones.md. */
function expected() {
  const states = clip.map((picture) => siglipTower(read, picture, tower));
  const last = states.map((state) => state.at(-1)!);
  const views = Array.from({ length: stan.depth }, (_, k) => {
    const seen = states.map((state) => state[vision.layers - stan.depth + k + 1]!);
    return { cls: meanRow(seen.map(meanRow)), patches: seen };
  });
  const positions = read('vision_model.embeddings.position_embedding.weight');
  const start = {
    cls: Array.from(read('stan.class_embedding')),
    positions: last[0]!.map((_, l) => rowAt(positions, l, width)),
  };
  const state = stanBranch(read, views, start, tower);
  return {
    last,
    plain: last.map((patches) => siglipPool(read, patches, tower)),
    frames: last.map((patches) =>
      siglipPool(
        read,
        patches.map((patch) => plus(patch, state.cls)),
        tower,
      ),
    ),
    looks: state.looks.map((heads) => {
      const [self = 0, ...rest] = meanRow(heads);
      return rest.map((weight) => weight / (1 - self));
    }),
    video: last[0]!.map((_, l) =>
      plus(meanRow(last.map((frame) => frame[l]!)), meanRow(state.patches.map((frame) => frame[l]!))),
    ),
  };
}

describe('SigLIP, opened as Hugging Face stores it, beside loops in float64', () => {
  test('is read off its weights and configuration', () => {
    assert.deepEqual(arch.tower, {
      width,
      ...vision,
      epsilon: 1e-6,
      activation: 'gelu_pytorch_tanh',
      pooling: 'attention',
      patchBias: true,
      preNorm: false,
    });
    assert.deepEqual(arch.text, {
      width,
      ...text,
      epsilon: 1e-6,
      activation: 'gelu_pytorch_tanh',
      bidirectional: true,
      projectionBias: true,
    });
    assert.equal(arch.jointWidth, width);
  });

  test('the tower', async () => {
    const pixels = input('pixels', clipFeeds.pixels.shape);
    const { last } = await run(
      (get) => ({ last: visionTower(scope(get, 'vision_model'), pixels, arch.tower).at(-1)! }),
      { pixels: clipFeeds.pixels },
    );
    assertNear(last, expected().last.flat());
  });

  test('its pooled pictures, and the branch on it', async () => {
    const found = await run((get) => retrievalEncoder(get, arch), clipFeeds);
    const wanted = expected();
    assertNear(found['plain_embeddings'], wanted.plain);
    assertNear(found['frame_embeddings'], wanted.frames);
    assertNear(found['patch_attention'], wanted.looks);
  });

  test('its texts, each token and the last as the text’s own', async () => {
    const { token_embeddings } = await run((get) => textEncoder(get, arch), textFeeds);
    assertNear(
      token_embeddings,
      texts.flatMap((ids) => siglipText(read, ids, { ...tower, ...text })),
    );
  });

  test('video tokens of its patches, and none of a CLS it has not', async () => {
    const seen = (get: Weights) => ({
      tower: visionTower(scope(get, 'vision_model'), input('pixels', clipFeeds.pixels.shape), arch.tower),
      clips: 1,
      positions: input('positions', [frames], 'int64'),
    });
    const { video } = await run(
      (get) => ({ video: videoTokens(get, seen(get), arch.tower, stan, tokens) }),
      clipFeeds,
    );
    assertNear(video, expected().video);
    const { get } = new WeightSet();
    assert.throws(
      () => videoTokens(get, seen(get), arch.tower, stan, { ...tokens, cls: 'first' }),
      /without a class token gives patches only/,
    );
  });

  test('cannot be imported yet, and the import says so', () => {
    const close = async (): Promise<void> => {};
    const llava: Llava = {
      tower: opened,
      resize: undefined,
      projector: { config: { kind: 'mlp', width: 8 }, inputWidth: width, weights: opened.weights },
      tap: 'last',
      template: 'vicuna-v1',
      llm: { kind: 'folder', path: folder },
      close,
    };
    const checkpoint = {
      kind: 'mug-stan',
      config: stan,
      retrieval: stan,
      width,
      towerLayers: undefined,
      pictureTokens: undefined,
      remarks: [],
      weights: opened.weights,
      close,
    } as const;
    assert.throws(
      () => planPackage(llava, checkpoint, undefined, { frames }),
      /has no class token; a branch for such a tower cannot be imported yet/,
    );
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { importPackage } from '#models/convert/import-package.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { loadPackage } from '#models/package/load.ts';
import { createScorer } from '#engine/retrieval/create-scorer.ts';
import { FrameEncoder } from '#engine/retrieval/frame-encoder.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';
import type { PixelTensor } from '#engine/types.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);
const arch: Architecture = {
  ...tinyArchitecture,
  tower: { ...tinyArchitecture.tower, layers: 5 },
  stan: {
    ...tinyArchitecture.stan,
    depth: 4,
    adapter: { gated: true, gatesPooled: true, cutsFrames: true },
  },
};
const weights = randomWeights(arch, 1);

/** An odd number: BT-Adapter's code for retrieval cuts no clip into halves. */
const frames = 5;
const side = arch.tower.imageSize;
const pixels: PixelTensor = {
  data: Float32Array.from(
    { length: frames * 3 * side * side },
    (_, i) => Math.sin(i / 7) + Math.cos(i / 311),
  ),
  shape: [frames, 3, side, side],
};

function adapterWith(balance: number): NetWeights {
  const fronts: readonly (readonly [RegExp, string])[] = [
    [/^stan\.spatial\./, 'backbone.btadapter_S_layers.'],
    [/^stan\.temporal\./, 'backbone.btadapter_T_layers.'],
    [/^stan\.time_embed\./, 'backbone.btadapter_time_embed.'],
    [/^stan\.class_embedding$/, 'backbone.btadapter_cls_token'],
    [/^stan\.(balance[12])$/, 'backbone.$1'],
  ];
  const { shape = [] } = weights.get('stan.balance1') ?? {};
  const changed = new Map([
    ...weights,
    ['stan.balance1', { shape, data: new Float32Array(64).fill(balance) }],
  ]);
  return renamed(changed, (name) => {
    const front = fronts.find(([pattern]) => pattern.test(name));
    return front && name.replace(front[0], front[1]);
  });
}

before(async () => {
  await writeTinyLlm(inFolder('llm.gguf'), weights, arch);
  await writeMmproj(inFolder('mmproj.gguf'), weights, arch);
  await writeClipFolder(inFolder('clip'), weights, arch);
});

async function embedded(name: string, balance: number) {
  writeTorch(inFolder(`${name}.pth`), adapterWith(balance));
  await importPackage({
    llava: inFolder('llm.gguf'),
    mmproj: inFolder('mmproj.gguf'),
    clip: inFolder('clip'),
    stan: inFolder(`${name}.pth`),
    out: inFolder(name),
    name,
    precision: 'f32',
    slots: 2,
    context: 512,
    progress: () => () => {},
  });
  const loaded = await loadPackage(inFolder(name));
  const encoder = await FrameEncoder.load(loaded, { threads: 1 });
  const [stan, plain] = [
    await encoder.encode(pixels, { mode: 'stan' }),
    await encoder.encode(pixels, { mode: 'plain' }),
  ];
  await encoder.dispose();
  return { loaded, vision: encoder.vision, stan, plain };
}

describe('search with an imported BT-Adapter', () => {
  it('takes frames as its retrieval was trained with them, and compares means', async () => {
    const { loaded, vision, stan } = await embedded('half', 0);
    assert.deepEqual([vision.resize, vision.kernel, vision.frames], ['crop', 'bilinear', 12]);
    const texts = await TextEncoder.load(loaded, { threads: 1 });
    const queries = await texts.encode(['a red ball', 'nothing &amp; nobody']);
    const scorer = await createScorer(loaded.manifest.retrieval ?? assert.fail(), { threads: 1 });
    const { similarity, frameWeights } = await scorer.score(queries, [stan]);
    assert.ok(similarity.length === 2 && similarity.every((value) => Math.abs(value) <= 1 + 1e-6));
    assert.deepEqual(frameWeights[0], new Float32Array(frames).fill(1 / frames));
    await Promise.all([texts.dispose(), scorer.dispose()]);
  });

  it("a gate far above zero leaves the tower's frames, far below the branch's one for the whole clip", async () => {
    const tower = await embedded('tower', 1);
    tower.plain.data.forEach((value, i) => {
      assert.ok(Math.abs(value - (tower.stan.data[i] ?? Number.NaN)) < 1e-5);
    });
    const { stan, plain } = await embedded('branch', -1);
    for (let i = stan.width; i < stan.data.length; i++) {
      assert.ok(Math.abs((stan.data[i] ?? 0) - (stan.data[i % stan.width] ?? Number.NaN)) < 1e-5);
    }
    assert.notDeepEqual(stan.data.slice(0, stan.width), plain.data.slice(0, stan.width));
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { openGgufLlava } from '#models/convert/mmproj.ts';
import { mmprojNames } from '#models/convert/names.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import type { GgufValue } from '#models/formats/gguf/types.ts';
import { golden } from '#test/helpers/goldens.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { type MmprojForm, writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);
const arch = tinyArchitecture;
const weights = randomWeights(arch, 1);
const text = (value: string): GgufValue => ({ type: 'string', value });
const integers = (...values: number[]): GgufValue => ({ type: 'array', of: 'int32', values });
const flag = (value: boolean): GgufValue => ({ type: 'bool', value });

before(() => writeTinyLlm(inFolder('llm.gguf'), weights, arch));

async function opened(name: string, form: MmprojForm = {}, from = weights) {
  await writeMmproj(inFolder(name), from, arch, form);
  return openGgufLlava(inFolder('llm.gguf'), inFolder(name));
}

describe('the projector files of llama.cpp', () => {
  for (const naming of ['script', 'converter'] as const) {
    it(`finds every weight where the ${naming} names it`, async () => {
      const { tower, projector, close } = await opened(`${naming}.gguf`, { naming });
      assert.ok(tower !== undefined);
      for (const name of tower.weights.names) {
        const { shape, data } = weights.get(name) ?? assert.fail(name);
        assert.deepEqual(tower.weights.shape(name), shape, name);
        assert.deepEqual(await tower.weights.read(name), data, name);
      }
      const inTower = [...weights.keys()].filter((name) => /encoder\.layers\.[0-2]\.mlp/.test(name));
      assert.ok(inTower.filter((name) => name.startsWith('vision_model')).every(tower.weights.has));
      assert.deepEqual(projector.config, { kind: 'mlp', width: 96 });
      await close();
    });
  }

  it('takes the one matrix of LLaVA v1 by the name that the script gives it', async () => {
    const extra = new Map(
      ['weight', 'bias'].map((part) => [`mm.${part}`, weights.get(`projector.0.${part}`) ?? assert.fail()]),
    );
    const others = new Map([...weights].filter(([name]) => !name.startsWith('projector.')));
    const { projector, close } = await opened('linear.gguf', { extra }, others);
    assert.deepEqual(projector.config, { kind: 'linear', width: 96 });
    assert.equal(projector.inputWidth, 64);
    await close();
  });

  it('tells a LLaVA 1.6 by its grids, and a Mistral by its name', async () => {
    await writeTinyLlm(inFolder('llava-v1.6-mistral-7b.Q4_K_M.gguf'), weights, arch);
    const newline = new Map([['model.image_newline', { shape: [96], data: new Float32Array(96) }]]);
    const metadata = new Map([['clip.vision.image_grid_pinpoints', integers(336, 672)]]);
    await writeMmproj(inFolder('next.gguf'), weights, arch, { metadata, extra: newline });
    const llava = await openGgufLlava(inFolder('llava-v1.6-mistral-7b.Q4_K_M.gguf'), inFolder('next.gguf'));
    assert.equal(llava.resize, 'squash');
    assert.equal(llava.template, 'mistral-instruct');
    await llava.close();
  });

  const refused: readonly [string, MmprojForm, RegExp][] = [
    [
      'the projector of a MobileVLM',
      { metadata: new Map([['clip.projector_type', text('ldp')]]) },
      /its projector is of llama\.cpp's type ldp; a LLaVA's, mlp, is supported/,
    ],
    [
      'the projector of a Yi-VL',
      { extra: new Map([['mm.3.weight', { shape: [96, 96], data: new Float32Array(96 * 96) }]]) },
      /norms between its layers \(Yi-VL\)/,
    ],
    [
      'a tower with gelu',
      { metadata: new Map([['clip.use_gelu', flag(true)]]) },
      /activation is gelu, not CLIP's quick_gelu/,
    ],
  ];
  for (const [what, form, message] of refused) {
    it(`refuses ${what} by name`, async () => {
      await assert.rejects(opened('refused.gguf', form), message);
    });
  }

  it('refuses a tower without a class token', async () => {
    const patchesOnly = new Map([...weights].filter(([name]) => !name.includes('class_embedding')));
    await assert.rejects(
      opened('siglip.gguf', {}, patchesOnly),
      /no class token, so it is not CLIP's \(SigLIP\?\)/,
    );
  });

  it('refuses a projector for the LLM', async () => {
    await writeMmproj(inFolder('twice.gguf'), weights, arch);
    await assert.rejects(
      openGgufLlava(inFolder('twice.gguf'), inFolder('twice.gguf')),
      /is a projector; name the LLM with --llava/,
    );
  });

  const swapped = golden('llava-tiny/mmproj-swapped.gguf');
  it('writes for these tests what llama.cpp itself has loaded', swapped, async () => {
    const accepted = await openGguf(swapped.path);
    await writeMmproj(inFolder('ours.gguf'), weights, arch);
    const ours = await openGguf(inFolder('ours.gguf'));
    const kinds = (names: Iterable<string>) =>
      new Set([...names].map((name) => name.replace(/\.\d+\./, '.N.')));
    const wanted = kinds([...accepted.tensors.keys()].filter((name) => !name.startsWith('v.post_ln')));
    assert.deepEqual([...kinds(ours.tensors.keys())].sort(), [...wanted].sort());
    for (const [key, { type }] of accepted.metadata) assert.equal(ours.metadata.get(key)?.type, type, key);
    const [fc1, fc2] = ['v.blk.0.ffn_down.weight', 'v.blk.0.ffn_up.weight'].map(
      mmprojNames(accepted.tensors),
    );
    assert.deepEqual(
      [fc1, fc2],
      ['fc1', 'fc2'].map((name) => `vision_model.encoder.layers.0.mlp.${name}.weight`),
    );
    await Promise.all([accepted.close(), ours.close()]);
  });
});

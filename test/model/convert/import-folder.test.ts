import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import { WeightSet } from '#models/nets/weights.ts';
import type { EncoderArchitecture } from '#models/package/architecture.ts';
import { checkPackage } from '#models/package/check-package.ts';
import { chatEncoder } from '#models/package/encoders.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { runEncoderOnce } from '#models/package/run-encoder.ts';
import { writeEncoder } from '#models/package/write-encoder.ts';
import { madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import type { Make } from '#test/helpers/llama-folder/weights.ts';
import { writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);
const llama = madeUpLlama();
const { tower } = tinyArchitecture;
const mlp = { ...tinyArchitecture, projector: { kind: 'mlp', width: llama.sizes.width } } as const;
const linear = { ...mlp, projector: { kind: 'linear', width: llama.sizes.width } } as const;
const visionConfig = { num_hidden_layers: tower.layers, num_attention_heads: tower.heads };

before(async () => {
  writeTorch(inFolder('stan.pth'), renamed(randomWeights(mlp, 1), mugStanNames));
  await writeClipFolder(inFolder('clip'), randomWeights(mlp, 1), mlp);
});

/** A LLaVA in one folder, tower and projector named as this make names them. */
async function writeLlava(
  folder: string,
  make: Make,
  fronts: { tower: string; first: string; second: string },
) {
  const inside = renamed(randomWeights(mlp, 1), (name) => {
    if (name.startsWith('vision_model.')) return `${fronts.tower}${name}`;
    if (name.startsWith('projector.0.')) return name.replace('projector.0.', fronts.first);
    return name.startsWith('projector.2.') ? name.replace('projector.2.', fronts.second) : undefined;
  });
  await writeLlamaFolder(folder, llama, {
    make,
    shards: 2,
    dtype: 'F32',
    change: (weights) => {
      for (const [name, value] of inside) weights.set(name, value);
    },
  });
  await changeConfig(folder, { vision_config: visionConfig });
}

async function changeConfig(folder: string, change: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'config.json');
  const config: unknown = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify(Object.assign({}, config, change)));
}

async function importFolder(llava: string, out: string, options: Partial<ImportRequest> = {}) {
  return importPackage({
    llava,
    stan: inFolder('stan.pth'),
    out,
    name: 'folder',
    precision: 'f32',
    slots: 2,
    frames: 4,
    context: 4096,
    progress: () => () => {},
    ...options,
  });
}

/** The nets' own tokens for these weights. */
async function assertTokens(out: string, arch: EncoderArchitecture, weights: NetWeights): Promise<void> {
  const manifest = await checkPackage(out, () => {});
  const expected = `${out}-expected`;
  await mkdir(expected);
  await writeEncoder(
    expected,
    packageFiles.chatEncoder,
    chatEncoder(new WeightSet().get, arch),
    async (name) => {
      return weights.get(name)?.data ?? assert.fail(name);
    },
  );
  assert.deepEqual(
    await runEncoderOnce(out, manifest.vision),
    await runEncoderOnce(expected, manifest.vision),
  );
}

describe('importing a LLaVA of a Hugging Face folder', () => {
  it("takes llava-hf's names, tower and projector inside", async () => {
    const fronts = {
      tower: 'vision_tower.',
      first: 'multi_modal_projector.linear_1.',
      second: 'multi_modal_projector.linear_2.',
    };
    await writeLlava(inFolder('hf'), 'llava-hf', fronts);
    const { manifest } = await importFolder(inFolder('hf'), inFolder('hf-package'));
    assert.equal(manifest.language.context, 512);
    assert.equal(manifest.language.template.name, 'vicuna-v1');
    await assertTokens(inFolder('hf-package'), mlp, randomWeights(mlp, 1));
  });

  it("takes llava-hf's names since transformers 4.52", async () => {
    const fronts = {
      tower: 'model.vision_tower.',
      first: 'model.multi_modal_projector.linear_1.',
      second: 'model.multi_modal_projector.linear_2.',
    };
    await writeLlava(inFolder('hf-new'), 'llava-hf-new', fronts);
    await importFolder(inFolder('hf-new'), inFolder('hf-new-package'));
    await assertTokens(inFolder('hf-new-package'), mlp, randomWeights(mlp, 1));
  });

  it('takes the original names with the tower inside', async () => {
    const fronts = {
      tower: 'model.vision_tower.vision_tower.',
      first: 'model.mm_projector.0.',
      second: 'model.mm_projector.2.',
    };
    await writeLlava(inFolder('original'), 'original', fronts);
    await importFolder(inFolder('original'), inFolder('original-package'));
    await assertTokens(inFolder('original-package'), mlp, randomWeights(mlp, 1));
  });

  it('takes the linear projector of version 1 from a file of its own, and the tower from a CLIP', async () => {
    const weights = randomWeights(linear, 5);
    await writeLlamaFolder(inFolder('v1'), llama, {
      config: { model_type: 'llava', mm_vision_select_layer: -2 },
    });
    const projector = renamed(weights, (name) =>
      name.startsWith('projector.') ? name.replace('projector.0', 'model.mm_projector') : undefined,
    );
    writeTorch(join(inFolder('v1'), 'mm_projector.bin'), projector, '');
    await importFolder(inFolder('v1'), inFolder('v1-package'), { clip: inFolder('clip') });
    const joined = new Map([...randomWeights(linear, 1), ...projectorOf(weights)]);
    await assertTokens(inFolder('v1-package'), linear, joined);
  });

  it('asks for the CLIP where the tower is not inside', async () => {
    await assert.rejects(
      importFolder(inFolder('v1'), inFolder('towerless')),
      /The LLaVA comes without its vision tower; name the CLIP .* --clip/,
    );
  });

  it('stores the LLM in Q8_0 with int8, and leaves nothing of the way there', async () => {
    const out = inFolder('int8-package');
    await importFolder(inFolder('hf'), out, { precision: 'int8' });
    const { files } = await checkPackage(out, () => {});
    assert.ok(!('llm.gguf' in files));
    const body = await openGguf(join(out, packageFiles.llmBody));
    try {
      assert.equal(body.tensor('blk.0.ffn_up.weight').type, 8);
      assert.equal(body.tensor('blk.0.ffn_norm.weight').type, 0);
    } finally {
      await body.close();
    }
  });

  it('refuses a projector trained on a layer that is not supported', async () => {
    await changeConfig(inFolder('hf'), { vision_feature_layer: -7 });
    await assert.rejects(
      importFolder(inFolder('hf'), inFolder('layer')),
      /projector reads tower layer -7; -2 and -1 are/,
    );
  });

  it('takes the activation that the tower states, and refuses one it does not have', async () => {
    const stated = (hidden_act: string) =>
      changeConfig(inFolder('hf'), {
        vision_feature_layer: -2,
        vision_config: { ...visionConfig, hidden_act },
      });
    await stated('gelu');
    await importFolder(inFolder('hf'), inFolder('gelu'));
    const gelu = { ...mlp, tower: { ...tower, activation: 'gelu' } } as const;
    await assertTokens(inFolder('gelu'), gelu, randomWeights(mlp, 1));
    await stated('relu');
    await assert.rejects(
      importFolder(inFolder('hf'), inFolder('relu')),
      /activation is relu; quick_gelu, gelu, /,
    );
  });
});

function projectorOf(weights: NetWeights): NetWeights {
  return new Map([...weights].filter(([name]) => name.startsWith('projector.')));
}

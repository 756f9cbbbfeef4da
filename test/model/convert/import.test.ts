import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { meanCosine } from '#models/convert/try-encoder.ts';
import { ggmlF16 } from '#models/formats/gguf/types.ts';
import { WeightSet } from '#models/nets/weights.ts';
import { checkPackage } from '#models/package/check-package.ts';
import { chatEncoder } from '#models/package/encoders.ts';
import { packageFiles, type VisionManifest } from '#models/package/manifest.ts';
import { runEncoderOnce } from '#models/package/run-encoder.ts';
import { writeEncoder } from '#models/package/write-encoder.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import {
  mugStanNames,
  renamed,
  writeClipFolder,
  writeTensors,
  writeTorch,
} from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const arch = tinyArchitecture;
const weights = randomWeights(arch, 1);
const inFolder = (name: string): string => join(dir, name);
const sources = {
  llava: inFolder('llm.gguf'),
  mmproj: inFolder('mmproj.gguf'),
  stan: inFolder('mug_stan.pth'),
};

before(async () => {
  await writeTinyLlm(sources.llava, weights, arch);
  await writeMmproj(sources.mmproj, weights, arch);
  // the checkpoint's tower was tuned: another one than the chatbot's
  writeTorch(sources.stan, renamed(new Map([...randomWeights(arch, 2), ...branch(weights)]), mugStanNames));
  await writeClipFolder(inFolder('clip'), weights, arch);
});

function branch(from: NetWeights): NetWeights {
  return new Map([...from].filter(([name]) => name.startsWith('stan.')));
}

function request(options: Partial<ImportRequest> & { readonly out: string }): ImportRequest {
  const defaults = { precision: 'f32', slots: 3, frames: 4, context: 4096, name: 'tiny' } as const;
  return { ...sources, ...defaults, progress: () => () => {}, ...options };
}

/** The video tokens of the nets themselves, without any file in between. */
async function expectedTokens(vision: VisionManifest, name: string): Promise<Float32Array> {
  await mkdir(inFolder(name));
  await writeEncoder(
    inFolder(name),
    packageFiles.chatEncoder,
    chatEncoder(new WeightSet().get, arch),
    async (weight) => {
      const found = weights.get(weight);
      assert.ok(found, weight);
      return found.data;
    },
  );
  return runEncoderOnce(inFolder(name), vision);
}

describe('importing an LLM and its projector in GGUF', () => {
  it("plugs the checkpoint's branch into the chatbot's own tower", async () => {
    const out = inFolder('package');
    const { manifest, cosine } = await importPackage(request({ out }));
    const { vision, language } = manifest;
    assert.equal(cosine, undefined);
    assert.equal(vision.tokens, 5);
    assert.equal(vision.width, 96);
    assert.equal(vision.tap, 'penultimate');
    assert.equal(vision.fusion, 'matched');
    assert.equal(vision.maxFrames, 12);
    assert.equal(language.slots, 3);
    assert.equal(language.context, 512);
    assert.equal(language.template.name, 'vicuna-v1');
    assert.deepEqual(await runEncoderOnce(out, vision), await expectedTokens(vision, 'expected'));
    const findings: string[] = [];
    await checkPackage(out, (finding) => findings.push(finding));
    assert.equal(findings.length, 3);
  });

  it('adds the retrieval encoders where a CLIP with its tokenizer is named', async () => {
    const out = inFolder('with-clip');
    const { files, retrieval } = (await importPackage(request({ out, clip: inFolder('clip') }))).manifest;
    for (const file of Object.values(packageFiles)) assert.ok(file in files, file);
    const ids = { start: 58, end: 59, pad: 0 };
    const squares = { resize: 'crop', kernel: 'bilinear' };
    const vision = { imageSize: 28, patchSize: 14, frames: 4, evenFrames: false, ...squares };
    const matching = { form: 'simple' };
    assert.deepEqual(retrieval, { width: 24, context: 16, ...ids, logitScale: 100, matching, vision });
    const findings: string[] = [];
    await checkPackage(out, (finding) => findings.push(finding));
    assert.match(findings.at(-1) ?? '', /a space of 24 dimensions/);
  });

  it('takes half floats, and every number of frames up to the table', async () => {
    await writeMmproj(inFolder('half.gguf'), weights, arch, { type: ggmlF16 });
    const { vision } = (
      await importPackage(request({ out: inFolder('half'), mmproj: inFolder('half.gguf'), frames: 64 }))
    ).manifest;
    assert.equal(vision.frames, 12);
    const exact = await runEncoderOnce(inFolder('expected'), vision);
    assert.ok(meanCosine(await runEncoderOnce(inFolder('half'), vision), exact, vision.width) > 0.9999);
  });

  it('makes an int8 encoder that is smaller and agrees', async () => {
    const out = inFolder('int8');
    const { manifest, cosine = 0 } = await importPackage(request({ out, precision: 'int8' }));
    const { vision } = manifest;
    assert.ok(cosine > 0.99 && cosine <= 1);
    const exact = await runEncoderOnce(inFolder('expected'), vision);
    assert.ok(meanCosine(await runEncoderOnce(out, vision), exact, vision.width) > 0.99);
    const size = async (name: string) => (await stat(join(out, name))).size;
    const floats = [...weights].filter(([name]) => !/^(blk|output|output_norm|token_embd|text_)/.test(name));
    const bytes = floats.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
    assert.ok((await size(`${packageFiles.chatEncoder}.data`)) < 0.5 * bytes);
    await checkPackage(out, () => {});
  });

  it('reports each step to its end', async () => {
    const steps = new Map<string, [number, number]>();
    await importPackage(
      request({
        out: inFolder('reported'),
        clip: inFolder('clip'),
        progress: (step) => (done, total) => steps.set(step, [done, total]),
      }),
    );
    const names = ['language model', 'chat encoder', 'retrieval encoder', 'text encoder'];
    assert.deepEqual([...steps.keys()], names);
    for (const [step, [done, total]] of steps) assert.equal(done, total, step);
  });
});

describe('what does not fit together', () => {
  const other = { ...arch, tower: { ...arch.tower, width: 32, mlpWidth: 64 } };
  const refused: [string, () => Promise<Partial<ImportRequest>>, RegExp][] = [
    [
      'a branch for another tower',
      async () => {
        writeTorch(inFolder('narrow.pth'), renamed(randomWeights(other, 1), mugStanNames));
        return { stan: inFolder('narrow.pth') };
      },
      /branch is for towers 32 wide, the vision tower is 64 wide/,
    ],
    [
      'an LLM that reads other embeddings than the projector makes',
      async () => {
        const projector = { kind: 'mlp', width: 64 } as const;
        await writeMmproj(inFolder('other.gguf'), randomWeights({ ...arch, projector }, 1), arch);
        return { mmproj: inFolder('other.gguf') };
      },
      /llm\.gguf.* 96 wide, the projector's output 64; the two files are of different models/,
    ],
    ['an LLM without its projector', async () => ({ mmproj: undefined }), /is an LLM alone; .*--mmproj/],
    [
      'a checkpoint without a branch',
      async () => {
        writeTorch(
          inFolder('no-branch.pth'),
          new Map([['backbone.x', { shape: [1], data: Float32Array.of(1) }]]),
        );
        return { stan: inFolder('no-branch.pth') };
      },
      /no-branch\.pth: holds no STAN branch/,
    ],
    [
      'weights that are not numbers',
      async () => {
        const spoilt = new Map(weights);
        const name = 'stan.time_embed.weight';
        const { shape, data } = weights.get(name) ?? assert.fail();
        spoilt.set(name, { shape, data: data.map((value, index) => (index === 7 ? Number.NaN : value)) });
        writeTorch(inFolder('nan.pth'), renamed(spoilt, mugStanNames));
        return { stan: inFolder('nan.pth') };
      },
      /nan\.pth: backbone\.STAN_time_embed\.weight holds values that are not finite numbers/,
    ],
    [
      'a tensor of another shape',
      async () => {
        const bent = new Map(weights);
        const fc1 = weights.get('stan.spatial.0.mlp.fc1.weight') ?? assert.fail();
        bent.set('stan.spatial.0.mlp.fc1.weight', { ...fc1, shape: [...fc1.shape].reverse() });
        writeTorch(inFolder('bent.pth'), renamed(bent, mugStanNames));
        return { stan: inFolder('bent.pth') };
      },
      /bent\.pth: .*stan\.spatial\.0\.mlp\.fc1\.weight is \[64, 96\] where \[96, 64\] fits/,
    ],
    [
      'a tower that has lost more layers than the tap can do without',
      async () => {
        const kept = new Map([...weights].filter(([name]) => !name.includes('encoder.layers.2.')));
        await writeMmproj(inFolder('short.gguf'), kept, arch);
        return { mmproj: inFolder('short.gguf') };
      },
      /vision tower's file holds 2 layers, 3 are needed/,
    ],
    [
      'the mmproj for the LLM',
      async () => ({ llava: sources.mmproj }),
      /mmproj\.gguf: is a projector; name the LLM with --llava, this with --mmproj/,
    ],
    ['an LLM for the mmproj', async () => ({ mmproj: sources.llava }), /llm\.gguf/],
    [
      "a tokenizer that is not CLIP's",
      async () => {
        await writeClipFolder(inFolder('no-end'), weights, arch);
        await writeFile(
          join(inFolder('no-end'), 'tokenizer.json'),
          '{"model": {"vocab": {"<|startoftext|>": 1}}}',
        );
        return { clip: inFolder('no-end') };
      },
      /tokenizer\.json: .*no token <\|endoftext\|>/,
    ],
    [
      "another CLIP's tokenizer",
      async () => {
        await writeClipFolder(inFolder('larger'), weights, {
          ...arch,
          text: { ...arch.text, vocabulary: 61 },
        });
        return { clip: inFolder('larger') };
      },
      /ends texts with token 60, the text tower knows 60/,
    ],
    ['a template that is not there', async () => ({ template: 'none' }), /no conversation template none/],
    [
      'a file that is not there',
      async () => ({ stan: inFolder('nowhere.pth') }),
      /nowhere\.pth: is not there/,
    ],
  ];
  for (const [what, make, expected] of refused) {
    it(`${what}: one line, and nothing is left`, async () => {
      const before = await readdir(dir);
      const options = await make();
      const made = (await readdir(dir)).filter((name) => !before.includes(name));
      await assert.rejects(
        importPackage(request({ out: inFolder('refused'), ...options })),
        (error: Error) => {
          assert.match(error.message, expected);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
      assert.deepEqual(
        (await readdir(dir)).filter((name) => !before.includes(name) && !made.includes(name)),
        [],
      );
    });
  }

  it('a folder that is somebody else’s stays as it is', async () => {
    await mkdir(inFolder('mine'));
    await writeFile(join(inFolder('mine'), 'letter.txt'), 'dear');
    await assert.rejects(
      importPackage(request({ out: inFolder('mine') })),
      /is no model package; name a new folder/,
    );
    assert.deepEqual(await readdir(inFolder('mine')), ['letter.txt']);
  });

  it('a package that is there stays when the new one fails', async () => {
    const out = inFolder('package');
    const before = await readdir(out);
    await assert.rejects(importPackage(request({ out, stan: inFolder('nan.pth') })), /not finite/);
    assert.deepEqual(await readdir(out), before);
    await checkPackage(out, () => {});
  });
});

describe('safetensors in place of torch', () => {
  it('gives the same branch', async () => {
    await writeTensors(inFolder('branch.safetensors'), renamed(weights, mugStanNames));
    const { vision } = (
      await importPackage(
        request({ out: inFolder('from-safetensors'), stan: inFolder('branch.safetensors') }),
      )
    ).manifest;
    assert.deepEqual(
      await runEncoderOnce(inFolder('from-safetensors'), vision),
      await runEncoderOnce(inFolder('expected'), vision),
    );
  });
});

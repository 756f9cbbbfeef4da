import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { checkSources, type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { checkPackage } from '#models/package/check-package.ts';
import { runEncoderOnce } from '#models/package/run-encoder.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);

/** Four layers beside the last four of five, as published, on a smaller tower. */
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
const sources = { llava: inFolder('llm.gguf'), mmproj: inFolder('mmproj.gguf'), clip: inFolder('clip') };

/** BT-Adapter's names in front of which stands what `prefix` says, in the words of its first or of its later checkpoints. */
function adapterNames(prefix: string, word: 'btadapter' | 'timesFPN') {
  const fronts: readonly (readonly [RegExp, string])[] = [
    [/^stan\.spatial\./, `${prefix}${word}_S_layers.`],
    [/^stan\.temporal\./, `${prefix}${word}_T_layers.`],
    [/^stan\.time_embed\./, `${prefix}${word}_time_embed.`],
    [/^stan\.class_embedding$/, `${prefix}${word}_cls_token`],
    [/^stan\.(balance[12])$/, `${prefix}$1`],
  ];
  return (name: string): string | undefined => {
    const rule = fronts.find(([front]) => front.test(name));
    return rule && name.replace(rule[0], rule[1]);
  };
}

/** Gates half open, as an untrained one stands. */
function ungated(from: NetWeights): NetWeights {
  return new Map(
    [...from].map(([name, { shape, data }]) => {
      return [name, { shape, data: name.startsWith('stan.balance') ? new Float32Array(data.length) : data }];
    }),
  );
}

before(async () => {
  await writeTinyLlm(sources.llava, weights, arch);
  await writeMmproj(sources.mmproj, weights, arch);
  await writeClipFolder(sources.clip, weights, arch);
});

function request(stan: string, options: Partial<ImportRequest> = {}): ImportRequest {
  const defaults = {
    precision: 'f32',
    slots: 3,
    context: 4096,
    name: 'tiny',
    out: `${stan}-package`,
  } as const;
  return { ...sources, stan, ...defaults, progress: () => () => {}, ...options };
}

async function imported(name: string, held: NetWeights, top?: string) {
  writeTorch(inFolder(name), held, top);
  const { manifest, remarks, change } = await importPackage(request(inFolder(name)));
  return {
    manifest,
    remarks,
    change,
    tokens: await runEncoderOnce(`${inFolder(name)}-package`, manifest.vision),
  };
}

describe('a BT-Adapter', () => {
  it('is run as its authors run it for chat, and by its CLIP for search', async () => {
    const { manifest, remarks, change } = await imported(
      'adapter.pth',
      renamed(weights, adapterNames('backbone.', 'btadapter')),
    );
    const { vision, retrieval } = manifest;
    assert.deepEqual([vision.fusion, vision.cls, vision.tap], ['mean', 'last', 'penultimate']);
    // 64 frames, as far as its time table reaches
    assert.deepEqual([vision.frames, vision.evenFrames], [12, true]);
    assert.deepEqual([vision.resize, vision.kernel], ['squash', 'nearest']);
    assert.deepEqual(retrieval?.matching, { form: 'mean' });
    assert.equal(retrieval?.vision?.evenFrames, false);
    assert.deepEqual(remarks, []);
    assert.ok(change !== undefined && change.ratio > 0 && change.cosine <= 1);
    await checkPackage(inFolder('adapter.pth-package'), () => {});
  });

  it('looks at 64 frames in chat and at 12 for search, as its authors do, or at as many as it is told to', async () => {
    const long = { ...arch, stan: { ...arch.stan, maxFrames: 64 } };
    writeTorch(inFolder('long.pth'), renamed(randomWeights(long, 1), adapterNames('backbone.', 'btadapter')));
    const framesOf = async (frames?: number) => {
      const { manifest } = await importPackage(request(inFolder('long.pth'), { frames }));
      return [manifest.vision.frames, manifest.retrieval?.vision?.frames];
    };
    assert.deepEqual(await framesOf(), [64, 12]);
    assert.deepEqual(await framesOf(8), [8, 8]);
  });

  it('is the same by the name of its first checkpoints', async () => {
    const first = await imported('first.pth', renamed(weights, adapterNames('backbone.', 'timesFPN')));
    const later = await imported('later.pth', renamed(weights, adapterNames('backbone.', 'btadapter')));
    assert.deepEqual(first.tokens, later.tokens);
  });

  it('trained for instructions has three layers and no gates: those of a whole one whose gates are half open', async () => {
    const names = adapterNames('model.vision_tower.', 'btadapter');
    const kept = renamed(weights, (name) => {
      const own = names(name);
      return own === undefined || name.startsWith('stan.balance') || /^stan\.\w+\.3\./.test(name)
        ? undefined
        : own;
    });
    const saved = await imported('btadapter_weight.bin', kept, '');
    const whole = await imported(
      'whole.pth',
      renamed(ungated(weights), adapterNames('backbone.', 'btadapter')),
    );
    assert.deepEqual(saved.tokens, whole.tokens);
    assert.notDeepEqual(
      saved.tokens,
      (await imported('other.pth', renamed(weights, adapterNames('', 'btadapter')))).tokens,
    );
    assert.equal(saved.manifest.retrieval, undefined);
    assert.match(
      saved.remarks.join(' '),
      /saved without its gates.*three layers, as after training on instructions/,
    );
  });
});

describe('a branch beside a tower of another size', () => {
  const larger: Architecture = {
    ...arch,
    tower: { ...arch.tower, imageSize: 42 },
    stan: tinyArchitecture.stan,
  };
  const chatbot = { llava: inFolder('llm.gguf'), mmproj: inFolder('larger.gguf') };

  before(async () => {
    await writeMmproj(chatbot.mmproj, randomWeights(larger, 1), larger);
    writeTorch(
      inFolder('smaller.pth'),
      renamed(randomWeights({ ...larger, tower: arch.tower }, 2), mugStanNames),
    );
  });

  it('chats at one size, searches at the other, passes the check, and is told of', async () => {
    const { manifest, remarks } = await importPackage(request(inFolder('smaller.pth'), chatbot));
    assert.equal(manifest.vision.imageSize, 42);
    assert.equal(manifest.retrieval?.vision?.imageSize, 28);
    assert.equal(manifest.vision.frames, 12);
    assert.match(remarks.join(), /trained at 28 px beside another tower; the chatbot's tower sees 42 px/);
    const findings: string[] = [];
    await checkPackage(`${inFolder('smaller.pth')}-package`, (finding) => findings.push(finding));
    assert.equal(findings.length, 5);
  });

  it('keeps the length of plain tokens unless told otherwise', async () => {
    const ratioOf = async (fusion?: 'sum') => {
      const out = inFolder(`fused-${fusion}`);
      return (
        (await importPackage(request(inFolder('smaller.pth'), { ...chatbot, out, fusion }))).change?.ratio ??
        0
      );
    };
    const [matched, sum] = [await ratioOf(), await ratioOf('sum')];
    assert.ok(sum > 1.2 * matched, `${sum} against ${matched}`);
    assert.ok(matched > 0.7 && matched < 1.3, String(matched));
  });
});

describe('what headers tell', () => {
  const small = { ...arch, llm: { ...arch.llm, width: 64 } };
  const refused: readonly (readonly [string, () => Promise<Partial<ImportRequest>>, RegExp])[] = [
    [
      'an LLM of another width',
      async () => {
        await writeTinyLlm(inFolder('narrow.gguf'), randomWeights(small, 1), small);
        return { llava: inFolder('narrow.gguf') };
      },
      /embeddings are 64 wide, the projector's output 96/,
    ],
    [
      'a CLIP whose text tower lacks a weight',
      async () => {
        const lacking = new Map([...weights].filter(([name]) => name !== 'text_model.final_layer_norm.bias'));
        await writeClipFolder(inFolder('lacking'), lacking, arch);
        return { clip: inFolder('lacking') };
      },
      /text_model\.final_layer_norm\.bias/,
    ],
    [
      'a template for another vocabulary',
      async () => ({ template: 'chatml' }),
      /vocabulary has no <\|im_start\|>, which the conversation template chatml needs/,
    ],
  ];
  for (const [what, make, message] of refused) {
    it(`${what} is refused before anything is read or written`, async () => {
      writeTorch(inFolder('fine.pth'), renamed(weights, adapterNames('backbone.', 'btadapter')));
      const steps: string[] = [];
      const options = await make();
      const files = await readdir(dir);
      const asked = request(inFolder('fine.pth'), {
        ...options,
        progress: (step) => {
          steps.push(step);
          return () => {};
        },
      });
      await assert.rejects(importPackage(asked), message);
      await assert.rejects(checkSources(asked), message);
      assert.deepEqual(steps, []);
      assert.deepEqual(await readdir(dir), files);
    });
  }
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import { checkSources, importPackage } from '#models/convert/import-package.ts';
import { readCatalogue } from '#models/hub/catalogue.ts';
import { type ImportSources, pull } from '#models/hub/pull.ts';
import type { TransferReport, TransferState } from '#models/hub/transfer-report.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { checkPackage } from '#models/package/check-package.ts';
import { sendFile, settingsFor, startHub } from '#test/helpers/hub-server.ts';
import { madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import { sentencePieces } from '#test/helpers/llama-folder/pieces.ts';
import { writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const temp = tempFolder();
const inFolder = (name: string): string => join(temp, name);
const server = await startHub();
const hub = settingsFor(server);

/** Rows enough that a file of weights is no small one. */
const llama = madeUpLlama({ vocabulary: 4000 });
const base = { ...tinyArchitecture, tower: { ...tinyArchitecture.tower, layers: 5 } };
const mugStan: Architecture = { ...base, stan: { ...base.stan, depth: 4 } };
const adapter: Architecture = {
  ...mugStan,
  stan: { ...mugStan.stan, adapter: { gated: true, gatesPooled: true, cutsFrames: true } },
};
const weights = randomWeights(adapter, 1);

/** LLaVA v1.1: shards of torch, its projector of one matrix among them, its tower elsewhere, its own tokens around pictures. */
async function writeLightening(folder: string): Promise<void> {
  const linear = randomWeights({ ...base, projector: { kind: 'linear', width: llama.sizes.width } }, 1);
  const held = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const n = sentencePieces.length;
  await writeLlamaFolder(folder, llama, {
    config: { model_type: 'llava', mm_vision_select_layer: -2, mm_use_im_start_end: true },
    change: (tensors) => {
      for (const [name, value] of tensors) held.set(name, value);
    },
    files: { 'added_tokens.json': { '<im_patch>': n, '<im_start>': n + 1, '<im_end>': n + 2 } },
  });
  const projector = renamed(linear, (name) => {
    return name.startsWith('projector.0.') ? name.replace('projector.0', 'model.mm_projector') : undefined;
  });
  const shards = [new Map([...held].filter(([name]) => name.includes('embed'))), new Map(projector)] as const;
  for (const [name, value] of held) if (!name.includes('embed')) shards[1].set(name, value);
  const names = shards.map((_, i) => `pytorch_model-0000${i + 1}-of-00002.bin`);
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    writeTorch(join(folder, names[i] ?? ''), shard, '');
    for (const name of shard.keys()) weightMap[name] = names[i] ?? '';
  }
  await rm(join(folder, 'model.safetensors'));
  await writeFile(join(folder, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: weightMap }));
}

function adapterNames(from: NetWeights): NetWeights {
  const words: readonly (readonly [RegExp, string])[] = [
    [/^stan\.spatial\./, 'backbone.btadapter_S_layers.'],
    [/^stan\.temporal\./, 'backbone.btadapter_T_layers.'],
    [/^stan\.time_embed\./, 'backbone.btadapter_time_embed.'],
    [/^stan\.class_embedding$/, 'backbone.btadapter_cls_token'],
    [/^stan\.(balance[12])$/, 'backbone.$1'],
  ];
  return renamed(from, (name) => {
    const word = words.find(([front]) => front.test(name));
    return word && name.replace(word[0], word[1]);
  });
}

async function filesOf(folder: string): Promise<Record<string, Buffer>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

const repositories = new Map<string, Record<string, Buffer>>();

before(async () => {
  const folders = {
    'mmaaz60/LLaVA-7B-Lightening-v1-1': 'lightening',
    'openai/clip-vit-large-patch14': 'clip',
    'mys/ggml_llava-v1.5-7b': 'ggml',
    'farewellthree/Mug_STAN_Weight': 'mugstan',
    'farewellthree/BTAdapter-Weight': 'btadapter',
  };
  for (const folder of Object.values(folders)) await mkdir(inFolder(folder));
  await writeLightening(inFolder('lightening'));
  await writeClipFolder(inFolder('clip'), weights, adapter);
  await writeFile(inFolder('clip/pytorch_model.bin'), 'the same again');
  await writeTinyLlm(inFolder('ggml/ggml-model-q4_k.gguf'), weights, adapter);
  await writeFile(inFolder('ggml/ggml-model-f16.gguf'), 'larger');
  await writeMmproj(inFolder('ggml/mmproj-model-f16.gguf'), weights, adapter);
  writeTorch(inFolder('mugstan/mugstan_webvid10m_l14.pth'), renamed(randomWeights(mugStan, 2), mugStanNames));
  await writeFile(inFolder('mugstan/mugstan_webvid10m_b32.pth'), 'another');
  writeTorch(inFolder('btadapter/btadapter_clipl14.pth'), adapterNames(weights));
  await writeFile(inFolder('btadapter/btadapter_weight.bin'), 'another');
  for (const [name, folder] of Object.entries(folders))
    repositories.set(name, await filesOf(inFolder(folder)));
});

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(inFolder('cache-'));
  server.intercept = undefined;
  server.requests.length = 0;
  server.repositories.clear();
  for (const [name, files] of repositories) server.repositories.set(name, { ...files });
});

function pulled(
  name: string,
  { signal, update = () => {} }: { signal?: AbortSignal; update?: TransferReport['update'] } = {},
) {
  const out = join(cacheDir, 'package');
  const making = { precision: 'f32', slots: 2, context: 512, name, progress: () => () => {} } as const;
  const request = (sources: ImportSources) => ({ ...sources, ...making });
  return pull(name, {
    out,
    cacheDir,
    hub,
    signal,
    report: { update, stop() {} },
    checkSources: (sources) => checkSources(request(sources)),
    importPackage: (sources) => importPackage(request(sources)),
  });
}

const isPiece = (range: string | undefined): boolean => /^bytes=\d+-\d+$/.test(range ?? '');

function contentsOf(file: string): Buffer {
  for (const files of repositories.values()) if (files[file] !== undefined) return files[file];
  return assert.fail(file);
}

/** Files that were asked for whole, or from some place to the end. */
const downloads = (): string[] =>
  server.requests.flatMap(({ url, headers }) => {
    return isPiece(headers.range) ? [] : (/\/resolve\/[^/]+\/(.+)$/.exec(url)?.[1] ?? []);
  });

const largest = {
  'ggml-model-q4_k.gguf': /q4_k\.gguf$/,
  'pytorch_model-00001-of-00002.bin': /00001-of-00002\.bin$/,
};
const expectations = {
  'llava-1.1-7b-bt-adapter': {
    llm: 'pytorch_model-00001-of-00002.bin',
    template: 'vicuna-v1-im-start-end',
    fusion: 'mean',
    form: 'mean',
  },
  'llava-1.1-7b-mug-stan': {
    llm: 'pytorch_model-00001-of-00002.bin',
    template: 'vicuna-v1-im-start-end',
    fusion: 'matched',
    form: 'simple',
  },
  'llava-1.5-7b-mug-stan': {
    llm: 'ggml-model-q4_k.gguf',
    template: 'vicuna-v1',
    fusion: 'matched',
    form: 'simple',
  },
} as const;

it('the recipe with published code, weights and figures comes first', () => {
  assert.deepEqual(Object.keys(readCatalogue()), Object.keys(expectations));
});

for (const [name, { llm, template, fusion, form }] of Object.entries(expectations)) {
  describe(name, () => {
    it('whole: pulls, imports, passes the check and searches', async () => {
      const { manifest } = await pulled(name);
      assert.equal(manifest.language.template.name, template);
      assert.equal(manifest.vision.fusion, fusion);
      assert.equal(manifest.retrieval?.matching?.form, form);
      const findings: string[] = [];
      await checkPackage(join(cacheDir, 'package'), (finding) => findings.push(finding));
      assert.equal(findings.length, 5);
      assert.deepEqual(
        downloads().filter((file) => /f16\.gguf$|b32|weight\.bin|model\.bin$/.test(file)),
        name.includes('1.5') ? ['mmproj-model-f16.gguf'] : [],
      );
      assert.deepEqual(
        (await readdir(cacheDir)).filter((entry) => entry.startsWith('.headers')),
        [],
      );
    });

    it('cut: goes on where it was', async () => {
      const stop = new AbortController();
      const half = Math.floor(contentsOf(llm).length / 2);
      server.intercept = (request, response) => {
        if (isPiece(request.headers.range) || !largest[llm].test(request.url ?? '')) return false;
        sendFile(request, response, contentsOf(llm), { stallAfter: half });
        return true;
      };
      const update = ({ file }: TransferState) => {
        if (file.endsWith(llm) && server.requests.some(({ url }) => largest[llm].test(url))) arrived += 1;
        if (arrived > 1) stop.abort(new Error('told to'));
      };
      let arrived = 0;
      await assert.rejects(pulled(name, { signal: stop.signal, update }), /^Error: told to$/);
      server.intercept = undefined;
      server.requests.length = 0;
      await pulled(name);
      const rest = server.requests.find(
        ({ url, headers }) => largest[llm].test(url) && !isPiece(headers.range),
      );
      assert.match(rest?.headers.range ?? '', /^bytes=[1-9]\d*-$/);
    });

    it('one file wrong in its contents: is told from what the hub lists', async () => {
      server.intercept = (request, response) => {
        if (isPiece(request.headers.range) || !largest[llm].test(request.url ?? '')) return false;
        const bytes = Buffer.from(contentsOf(llm));
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        sendFile(request, response, bytes);
        return true;
      };
      await assert.rejects(pulled(name), { code: 'damaged' });
    });

    it('one file wrong in its header: refused before anything large is downloaded', async () => {
      const narrow = { ...adapter, tower: { ...adapter.tower, width: 32, mlpWidth: 64 }, jointWidth: 700 };
      const wrong = randomWeights({ ...narrow, stan: mugStan.stan }, 1);
      writeTorch(inFolder('narrow.pth'), renamed(wrong, mugStanNames));
      const branch = await readFile(inFolder('narrow.pth'));
      const repository = name.includes('bt-adapter')
        ? 'farewellthree/BTAdapter-Weight'
        : 'farewellthree/Mug_STAN_Weight';
      server.repositories.set(repository, { 'branch-l14.pth': branch });
      await assert.rejects(pulled(name), /branch is for towers 32 wide, the vision tower is 64 wide/);
      assert.deepEqual(
        downloads().filter((file) => /\.(gguf|bin|pth|safetensors)$/.test(file)),
        [],
      );
      assert.ok(server.requests.some(({ headers }) => isPiece(headers.range)));
    });
  });
}

it('a hub that sends whole files only is believed: what is wrong shows after the download', async () => {
  server.intercept = (request, response) => {
    const [, repo = '', path = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '') ?? [];
    const bytes = server.repositories.get(repo)?.[path];
    if (bytes === undefined) return false;
    sendFile(request, response, bytes, { ignoreRange: true });
    return true;
  };
  const { manifest } = await pulled('llava-1.5-7b-mug-stan');
  assert.equal(manifest.vision.imageSize, 28);
});

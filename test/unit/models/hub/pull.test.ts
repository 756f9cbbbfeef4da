import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { cacheFolder } from '#models/hub/cache-folder.ts';
import { catalogueSchema, readCatalogue } from '#models/hub/catalogue.ts';
import { localDisk } from '#models/hub/disk.ts';
import { type ImportSources, pull } from '#models/hub/pull.ts';
import { resolveSources } from '#models/hub/resolve-source.ts';
import type { TransferReport, TransferState } from '#models/hub/transfer-report.ts';
import { settingsFor, startHub } from '#test/helpers/hub-server.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const temp = tempFolder();
const server = await startHub();
const hub = settingsFor(server);
const file = (text: string, bytes = text.length): Buffer => Buffer.alloc(bytes, text);

/** The entries name a commit of it. */
const clipHome = 'openai/clip-vit-large-patch14@32bd64288804d66eefd0ccbe215aa642df71cc41';

let cacheDir: string;
let states: TransferState[];
let stops: number;
const report: TransferReport = { update: (state) => states.push(state), stop: () => stops++ };
beforeEach(() => {
  cacheDir = mkdtempSync(join(temp, 'cache-'));
  [states, stops] = [[], 0];
  server.requests.length = 0;
  server.intercept = undefined;
  server.repositories.clear();
  server.repositories.set('mys/ggml_llava-v1.5-7b', {
    'README.md': file('# LLaVA'),
    'ggml-model-f16.gguf': file('f16', 5000),
    'ggml-model-q4_k.gguf': file('q4', 3000),
    'mmproj-model-f16.gguf': file('mmproj', 2000),
  });
  server.repositories.set('farewellthree/Mug_STAN_Weight', {
    'mugstan_vit-b32.pth': file('b32', 700),
    'mugstan_vit-L14.pth': file('l14', 1000),
  });
  server.repositories.set('mmaaz60/LLaVA-7B-Lightening-v1-1', {
    'config.json': file('{}'),
    'tokenizer.model': file('spm'),
    'pytorch_model.bin': file('llm', 4000),
  });
  server.repositories.set('openai/clip-vit-large-patch14', {
    'config.json': file('{ }'),
    'model.safetensors': file('clip', 900),
    'pytorch_model.bin': file('same', 900),
  });
  server.repositories.set('farewellthree/BTAdapter-Weight', { 'adapter.pth': file('bt', 800) });
});

function pulled(name: string, options = {}): Promise<ImportSources> {
  const importPackage = async (sources: ImportSources): Promise<ImportSources> => sources;
  return pull(name, { out: 'out', cacheDir, hub, report, importPackage, ...options });
}

const filesAskedFor = (): string[] =>
  server.requests.flatMap(({ url }) => /\/resolve\/[^/]+\/(.+)$/.exec(url)?.[1] ?? []);

describe('pull', () => {
  it('brings a GGUF with its projector and branch, and hands them to the import', async () => {
    const repo = join(cacheDir, 'mys/ggml_llava-v1.5-7b');
    assert.deepEqual(await pulled('llava-1.5-7b-mug-stan'), {
      llava: join(repo, 'ggml-model-q4_k.gguf'),
      mmproj: join(repo, 'mmproj-model-f16.gguf'),
      clip: join(cacheDir, clipHome),
      stan: join(cacheDir, 'farewellthree/Mug_STAN_Weight/mugstan_vit-L14.pth'),
      out: 'out',
    });
    assert.ok(readFileSync(join(repo, 'mmproj-model-f16.gguf')).equals(file('mmproj', 2000)));
    assert.deepEqual(filesAskedFor(), [
      'ggml-model-q4_k.gguf',
      'mmproj-model-f16.gguf',
      'model.safetensors',
      'config.json',
      'mugstan_vit-L14.pth',
    ]);
  });

  it('shows one progress over all files', async () => {
    await pulled('llava-1.5-7b-mug-stan');
    assert.deepEqual(states[0], {
      done: 0,
      total: 6903,
      received: 0,
      file: 'mys/ggml_llava-v1.5-7b/ggml-model-q4_k.gguf',
    });
    assert.deepEqual(states.at(-1), {
      done: 6903,
      total: 6903,
      received: 6903,
      file: 'farewellthree/Mug_STAN_Weight/mugstan_vit-L14.pth',
    });
    assert.ok(states.every(({ done }, i) => done >= (states[i - 1]?.done ?? 0)));
    assert.equal(stops, 1);
  });

  it('brings folders, and with the branch that was asked for', async () => {
    const [llava, clip] = ['mmaaz60/LLaVA-7B-Lightening-v1-1', clipHome];
    assert.deepEqual(await pulled('llava-1.1-7b-mug-stan'), {
      llava: join(cacheDir, llava),
      clip: join(cacheDir, clip),
      stan: join(cacheDir, 'farewellthree/Mug_STAN_Weight/mugstan_vit-L14.pth'),
      out: 'out',
    });
    assert.ok(existsSync(join(cacheDir, clip, 'config.json')));
    assert.ok(!existsSync(join(cacheDir, clip, 'pytorch_model.bin')));
    server.requests.length = 0;
    const { stan } = await pulled('llava-1.1-7b-bt-adapter');
    assert.equal(stan, join(cacheDir, 'farewellthree/BTAdapter-Weight/adapter.pth'));
    // What is here already and has a hash is not asked for again.
    assert.deepEqual(filesAskedFor().sort(), ['adapter.pth', 'config.json', 'config.json']);
  });

  it('goes on after a cut, an abort, or a failed import', async () => {
    const stop = new AbortController();
    server.intercept = (request) => {
      if (request.url?.endsWith('.pth') === true) stop.abort(new Error('told to'));
      return false;
    };
    await assert.rejects(pulled('llava-1.5-7b-mug-stan', { signal: stop.signal }), /^Error: told to$/);
    assert.equal(stops, 1);
    server.requests.length = 0;
    const importPackage = (): Promise<never> => Promise.reject(new Error('no such tensor'));
    await assert.rejects(pulled('llava-1.5-7b-mug-stan', { importPackage }), /^Error: no such tensor$/);
    // what has no hash is asked for again
    assert.deepEqual(filesAskedFor(), ['config.json', 'mugstan_vit-L14.pth']);
    await pulled('llava-1.5-7b-mug-stan');
    assert.deepEqual(filesAskedFor(), ['config.json', 'mugstan_vit-L14.pth', 'config.json']);
  });

  it('asks for room for everything before it begins, less what is here', async () => {
    const room = (bytes: number) => ({ disk: { ...localDisk, freeBytes: async () => bytes } });
    await assert.rejects(pulled('llava-1.5-7b-mug-stan', room(6902)), { code: 'disk_full' });
    assert.deepEqual(filesAskedFor(), []);
    await pulled('llava-1.5-7b-mug-stan', room(6903));
    await pulled('llava-1.5-7b-mug-stan', room(3));
  });

  it('downloads nothing where a part of it is not to be had', async () => {
    server.repositories.delete('farewellthree/Mug_STAN_Weight');
    await assert.rejects(pulled('llava-1.5-7b-mug-stan'), { code: 'not_found', message: /Mug_STAN_Weight/ });
    server.repositories.set('farewellthree/Mug_STAN_Weight', {
      'a-l14.pth': file('a'),
      'b-l14.pth': file('b'),
    });
    await assert.rejects(pulled('llava-1.5-7b-mug-stan'), {
      code: 'not_found',
      message: /a-l14\.pth .*b-l14\.pth/,
    });
    assert.deepEqual(filesAskedFor(), []);
  });

  it('knows its names', async () => {
    await assert.rejects(
      pulled('llava'),
      /^Error: there is no package "llava" in the catalogue, which has llava-1\.1-7b-bt-adapter, llava-1\.1-7b-mug-stan, /,
    );
    await assert.rejects(pulled('__proto__'), /no package/);
  });
});

describe('resolveSources', () => {
  const resolve = async (source: string, role: 'llava' | 'clip' | 'stan', options = {}) =>
    (await resolveSources(new Map([[role, source]]), { cacheDir, hub, report, ...options })).get(role);

  it('takes what is here as it is', async () => {
    const here = join(cacheDir, 'weights.pth');
    writeFileSync(here, '');
    assert.equal(await resolve(here, 'stan'), here);
    assert.equal(await resolve(cacheDir, 'llava'), cacheDir);
    assert.equal(server.requests.length + stops, 0);
  });

  it('downloads a repository, a revision of it, or one of its files', async () => {
    assert.equal(
      await resolve('openai/clip-vit-large-patch14', 'clip'),
      join(cacheDir, 'openai/clip-vit-large-patch14'),
    );
    assert.equal(
      await resolve('openai/clip-vit-large-patch14@refs/pr/1', 'clip'),
      join(cacheDir, 'openai/clip-vit-large-patch14@refs%2Fpr%2F1'),
    );
    assert.equal(
      await resolve('mys/ggml_llava-v1.5-7b:*q4*', 'llava'),
      join(cacheDir, 'mys/ggml_llava-v1.5-7b/ggml-model-q4_k.gguf'),
    );
    assert.equal(
      await resolve('mys/ggml_llava-v1.5-7b@v2:ggml-model-f16.gguf', 'llava'),
      join(cacheDir, 'mys/ggml_llava-v1.5-7b@v2/ggml-model-f16.gguf'),
    );
    assert.ok(server.requests.some(({ url }) => url.endsWith('/resolve/refs%2Fpr%2F1/model.safetensors')));
    await assert.rejects(resolve('mys/ggml_llava-v1.5-7b', 'llava'), {
      code: 'not_found',
      message: /2 files like \*\.gguf.*mys\/ggml_llava-v1\.5-7b:NAME/,
    });
  });

  const neither = [
    '',
    'x',
    './a/b',
    '../a/b',
    '/a/b',
    'a/b/c',
    'a/b.pth',
    'a/.b',
    'a/b@',
    'a/b@../c',
    'a b/c',
  ];
  for (const source of neither) {
    it(`refuses ${JSON.stringify(source)}, which is neither`, async () => {
      await assert.rejects(
        resolve(source, 'stan'),
        /^Error: --stan ".*" is neither a file or folder here nor/,
      );
      assert.equal(server.requests.length, 0);
    });
  }

  it('says what cannot be reached', async () => {
    const gone = await startHub();
    await gone.close();
    await assert.rejects(resolve('them/it', 'stan', { hub: settingsFor(gone) }), {
      code: 'unreachable',
      message: /ECONNREFUSED.*import --llava FOLDER --stan FILE/,
    });
  });

  it('stays in its cache, whatever the hub lists', async () => {
    const outside = join(cacheDir, 'outside.pth');
    const inner = join(cacheDir, 'inner');
    mkdirSync(inner);
    server.repositories.set('them/it', { '../../outside.pth': file('evil') });
    await assert.rejects(resolve('them/it', 'stan', { cacheDir: inner }), { code: 'protocol' });
    assert.ok(!existsSync(outside));
  });
});

describe('the catalogue', () => {
  it('refuses an entry that could not be imported', () => {
    const entry = readCatalogue()['llava-1.5-7b-mug-stan'];
    assert.ok(entry !== undefined);
    const refused = [
      { ...entry, sources: entry.sources.slice(1) },
      { ...entry, sources: [...entry.sources, ...entry.sources] },
      { ...entry, sources: [{ role: 'llava', repo: '../x' }] },
      { ...entry, sha: 1 },
    ];
    assert.ok(catalogueSchema.safeParse({ fine: entry }).success);
    for (const other of refused) assert.ok(!catalogueSchema.safeParse({ fine: other }).success);
    assert.ok(!catalogueSchema.safeParse({ '../x': entry }).success);
  });
});

describe('cacheFolder', () => {
  it('is ours, the desktop’s, or the home’s', () => {
    assert.equal(cacheFolder({ STAN_LLAVA_CACHE: '/big/disk', XDG_CACHE_HOME: '/x' }), '/big/disk');
    assert.equal(cacheFolder({ STAN_LLAVA_CACHE: '', XDG_CACHE_HOME: '/x' }), '/x/stan-llava');
    assert.equal(cacheFolder({ XDG_CACHE_HOME: 'x' }), join(homedir(), '.cache/stan-llava'));
  });
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { startHub } from '#test/helpers/hub-server.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { writeWorldClip } from './world-clip.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);
const arch = tinyArchitecture;
const weights = randomWeights(arch, 1);
const hub = await startHub();
const environment = {
  ...process.env,
  DATA_DIR: inFolder('data'),
  STAN_LLAVA_CACHE: inFolder('cache'),
  HF_ENDPOINT: hub.origin,
};

before(async () => {
  await writeTinyLlm(inFolder('llm.gguf'), weights, arch);
  await writeMmproj(inFolder('mmproj.gguf'), weights, arch);
  writeTorch(inFolder('stan.pth'), renamed(weights, mugStanNames));
  hub.repositories.set('mys/ggml_llava-v1.5-7b', {
    'ggml-model-q4_k.gguf': await readFile(inFolder('llm.gguf')),
    'mmproj-model-f16.gguf': await readFile(inFolder('mmproj.gguf')),
  });
  await writeClipFolder(inFolder('clip'), weights, arch);
  const clip = ['config.json', 'model.safetensors', 'tokenizer.json'];
  hub.repositories.set(
    'openai/clip-vit-large-patch14',
    Object.fromEntries(
      await Promise.all(
        clip.map(async (name) => [name, await readFile(join(inFolder('clip'), name))] as const),
      ),
    ),
  );
  hub.repositories.set('farewellthree/Mug_STAN_Weight', {
    'mugstan-l14.pth': await readFile(inFolder('stan.pth')),
  });
});

const sources = [
  '--llava',
  inFolder('llm.gguf'),
  '--mmproj',
  inFolder('mmproj.gguf'),
  '--stan',
  inFolder('stan.pth'),
];

/** Not `spawnSync`: the hub is this process. */
async function models(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/cli/stan-llava.ts', 'models', ...args], {
    env: environment,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => (stdout += piece));
  child.stderr.on('data', (piece) => (stderr += piece));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('models import', () => {
  it('makes a package that passes its check and answers about a clip', async () => {
    const imported = await models(
      'import',
      ...sources,
      '--out',
      inFolder('package'),
      '--slots',
      '4',
      '--frames',
      '4',
    );
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(
      imported.stdout,
      /^package package: \d files, .* MiB\nbranch against plain tokens \(matched\): \d\.\d\d times as long, mean cosine \d\.\d{3}\nTry it: MODEL_PACKAGE=.* npm start\n$/,
    );
    assert.match(imported.stderr, /language model 1\/1 MiB/);

    const checked = await models('check', inFolder('package'));
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /^ok .*\nok .* rows for 4 clips of 5 tokens, 96 wide\nok .* at 28 pixels\n/);

    await writeWorldClip(7, inFolder('clip.mp4'));
    const command = [
      '--import',
      'tsx',
      'server/cli/stan-llava.ts',
      'ask',
      inFolder('clip.mp4'),
      'What is it?',
      '--json',
    ];
    const asked = spawnSync(process.execPath, [...command, '--package', inFolder('package')], {
      encoding: 'utf8',
    });
    assert.equal(asked.status, 0, asked.stderr);
    const { videoTokens, frames } = JSON.parse(asked.stdout);
    assert.deepEqual(videoTokens, { count: 5, width: 96 });
    assert.equal(frames.length, 4);
  });

  it('says in one line what is wrong, and leaves nothing', async () => {
    const whole = await readFile(inFolder('stan.pth'));
    await writeFile(inFolder('cut.pth'), whole.subarray(0, whole.length / 2));
    const before = await readdir(dir);
    const { code, stderr, stdout } = await models(
      'import',
      ...sources,
      '--stan',
      inFolder('cut.pth'),
      '--out',
      inFolder('no'),
    );
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^[^\n]*cut\.pth: [^\n]+\n$/);
    assert.deepEqual(await readdir(dir), before);
  });

  it('names in one line what is wrong with a call', async () => {
    const { code, stderr } = await models('import', ...sources);
    assert.equal(code, 2);
    assert.match(stderr, /^stan-llava: [^\n]*--out <dir>[^\n]*\n$/);
    assert.equal((await models('import', ...sources, '--out', inFolder('no'), '--slots', '0')).code, 2);
    assert.equal((await models('conjure')).code, 2);
  });
});

describe('models pull', () => {
  it('downloads what the catalogue names, imports it and lists it', async () => {
    const pulled = await models('pull', 'llava-1.5-7b-mug-stan', '--slots', '2');
    assert.equal(pulled.code, 0, pulled.stderr);
    const out = inFolder('data/models/llava-1.5-7b-mug-stan');
    assert.equal((await models('check', out)).code, 0);
    const { stdout } = await models('list');
    assert.match(stdout, /models\/demo +package demo/);
    assert.match(stdout, /data\/models\/llava-1\.5-7b-mug-stan +package llava-1\.5-7b-mug-stan: \d files/);
    assert.match(stdout, /llava-1\.1-7b-bt-adapter +LLaVA v1\.1/);
  });

  it('names what there is for a name that is not in the catalogue', async () => {
    const { code, stderr } = await models('pull', 'gpt-7');
    assert.equal(code, 1);
    assert.match(stderr, /no package "gpt-7" in the catalogue, which has llava-1\.1-7b-bt-adapter,[^\n]+\n$/);
  });
});

describe('models check', () => {
  it('finds a file that has changed', async () => {
    await models('import', ...sources, '--out', inFolder('changed'));
    const file = join(inFolder('changed'), 'llm-00002-of-00002.gguf');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = 1;
    await writeFile(file, bytes);
    const { code, stderr } = await models('check', inFolder('changed'));
    assert.equal(code, 1);
    assert.match(stderr, /llm-00002-of-00002\.gguf has other contents \(SHA-256\)/);
  });
});

it('an interrupted import leaves nothing behind', async () => {
  await mkdir(inFolder('stopped'));
  // an import that never ends, in the same door and with the same clean-up
  const script = `
    import { runCommand } from './server/cli/run-command.ts';
    import { assemblePackage } from './models/package/assemble.ts';
    import { writeFileSync } from 'node:fs';
    await runCommand(() => assemblePackage(${JSON.stringify(inFolder('stopped/package'))}, (dir) => {
      writeFileSync(dir + '/llm.gguf', 'half');
      process.stdout.write('writing');
      return new Promise((resolve) => setTimeout(resolve, 600_000));
    }), 'exit');`;
  const child: ChildProcess = spawn(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    script,
  ]);
  await once(child.stdout ?? assert.fail(), 'data');
  assert.equal((await readdir(inFolder('stopped'))).length, 1);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [130, null]);
  assert.deepEqual(await readdir(inFolder('stopped')), []);
});

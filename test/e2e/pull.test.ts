import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { sendFile, startHub } from '#test/helpers/hub-server.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const cache = tempFolder();
const server = await startHub();
const llm = Buffer.alloc(4_000_000, 'weights');
const half = 2_000_000;
server.repositories.set('mys/ggml_llava-v1.5-7b', {
  'ggml-model-q4_k.gguf': llm,
  'mmproj-model-f16.gguf': Buffer.alloc(1000, 'mmproj'),
});
server.repositories.set('openai/clip-vit-large-patch14', { 'model.safetensors': Buffer.alloc(1000, 'clip') });
server.repositories.set('farewellthree/Mug_STAN_Weight', { 'mugstan-l14.pth': Buffer.alloc(1000, 'stan') });
const llmPath = join(cache, 'mys/ggml_llava-v1.5-7b/ggml-model-q4_k.gguf');

/** Says on stdout how far it is, and at the end what it would import. */
const script = `
  import { pull } from './models/hub/pull.ts';
  const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n');
  const importPackage = async (sources) => say(sources);
  const report = { update: say, stop() {} };
  await pull('llava-1.5-7b-mug-stan', { out: 'package', importPackage, report }).catch((error) => {
    process.stderr.write(error.message + '\\n');
    process.exitCode = 1;
  });`;

function startPull(endpoint: string): ChildProcessWithoutNullStreams {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  return spawn(process.execPath, args, {
    env: { ...process.env, HF_ENDPOINT: endpoint, HF_TOKEN: 'hf_secret', STAN_LLAVA_CACHE: cache },
  });
}

describe('pulling in a process of its own', () => {
  it('goes on where a process was killed', async () => {
    server.intercept = (request, response) => {
      if (request.url?.endsWith('q4_k.gguf') !== true) return false;
      sendFile(request, response, llm, { stallAfter: half });
      return true;
    };
    const killed = startPull(server.origin);
    for await (const line of createInterface(killed.stdout)) {
      if (JSON.parse(line).done === half) killed.kill('SIGKILL');
    }
    assert.equal(statSync(`${llmPath}.part`).size, half);

    server.intercept = undefined;
    server.requests.length = 0;
    const second = startPull(server.origin);
    const [said, complaints] = await Promise.all([text(second.stdout), text(second.stderr)]);
    assert.equal(complaints, '');
    assert.deepEqual(JSON.parse(said.trimEnd().split('\n').at(-1) ?? ''), {
      llava: llmPath,
      mmproj: join(cache, 'mys/ggml_llava-v1.5-7b/mmproj-model-f16.gguf'),
      clip: join(cache, 'openai/clip-vit-large-patch14@32bd64288804d66eefd0ccbe215aa642df71cc41'),
      stan: join(cache, 'farewellthree/Mug_STAN_Weight/mugstan-l14.pth'),
      out: 'package',
    });
    assert.ok(readFileSync(llmPath).equals(llm));
    const rest = server.requests.find(({ url }) => url.endsWith('q4_k.gguf'));
    assert.equal(rest?.headers.range, `bytes=${half}-`);
    assert.equal(rest?.headers.authorization, 'Bearer hf_secret');
  });

  it('says in one line what it could not reach and what can be done without', async () => {
    const gone = await startHub();
    await gone.close();
    const offline = startPull(gone.origin);
    const [complaints, [code]] = await Promise.all([text(offline.stderr), once(offline, 'exit')]);
    assert.equal(code, 1);
    assert.match(
      complaints,
      /^http:\/\/127\.0\.0\.1:\d+\/api\/models\/mys\/ggml_llava-v1\.5-7b\/tree\/main /,
    );
    assert.match(
      complaints,
      /cannot be reached \(ECONNREFUSED\).* import --llava FOLDER --stan FILE[^\n]*\n$/,
    );
  });
});

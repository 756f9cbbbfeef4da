import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { loadPackage } from '#models/package/load.ts';
import { type PackageManifest, packageFiles } from '#models/package/manifest.ts';
import { PackageError, type PackageErrorCode } from '#models/package/package-error.ts';
import { sealPackage } from '#models/package/seal.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const temp = tempFolder();
const description: Omit<PackageManifest, 'files'> = {
  format: 1,
  name: 'tiny',
  version: '1',
  licence: 'MIT',
  about: 'Knows nothing.',
  sources: [],
  vision: {
    imageSize: 32,
    patchSize: 8,
    frames: 8,
    maxFrames: 64,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    resize: 'squash',
    tap: 'last',
    tapNorm: 'post',
    fusion: 'sum',
    cls: 'first',
    tokens: 17,
    width: 64,
  },
  language: {
    template: {
      name: 't',
      bos: true,
      system: '',
      user: '',
      afterVideo: '',
      assistant: '',
      eosAfterAnswer: true,
    },
    context: 512,
    slots: 4,
  },
};
const retrieval = { width: 8, context: 12, end: 1, pad: 2, logitScale: 100 };
const contents: Record<string, string> = {
  [packageFiles.chatEncoder]: 'encoder',
  [packageFiles.tokenizer]: '{}',
  [packageFiles.llmBody]: 'body',
  [packageFiles.llmEmbeddings]: 'rows',
  'chat-encoder.onnx.data': 'external',
};

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(temp, 'package-'));
  for (const [file, text] of Object.entries(contents)) writeFileSync(join(dir, file), text);
  await sealPackage(dir, description);
});

async function refuses(code: PackageErrorCode, ...problem: RegExp[]): Promise<void> {
  await assert.rejects(loadPackage(dir), (error) => {
    assert.ok(error instanceof PackageError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.message.includes(dir) && !error.message.includes('\n'));
    for (const pattern of problem) assert.match(error.message, pattern);
    return true;
  });
}

interface Editable {
  vision: object;
  files: Record<string, unknown>;
}
function editManifest(edit: (manifest: Editable) => void): void {
  const path = join(dir, 'model.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

describe('loadPackage', () => {
  it('loads what sealPackage made, and leaves the folder as it was', async () => {
    const before = readdirSync(dir);
    const loaded = await loadPackage(dir);
    assert.deepEqual(readdirSync(dir), before);
    const { files, ...rest } = loaded.manifest;
    assert.deepEqual(rest, description);
    assert.deepEqual(Object.keys(files).sort(), Object.keys(contents).sort());
    assert.deepEqual(files['llm-00001-of-00002.gguf'], {
      bytes: 4,
      sha256: '230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5',
    });
    assert.equal(loaded.path('tokenizer.json'), join(dir, 'tokenizer.json'));
    assert.equal(loaded.has('text-encoder.onnx'), false);
    assert.throws(() => loaded.path('text-encoder.onnx'), {
      code: 'missing',
      message: /tiny has no text-encoder/,
    });
  });

  it('notices a changed byte, size, or missing file', async () => {
    writeFileSync(join(dir, 'tokenizer.json'), '[]');
    await refuses('invalid', /tokenizer\.json has other contents/, /copy or build/);
    writeFileSync(join(dir, 'tokenizer.json'), '{ }');
    await refuses('invalid', /tokenizer\.json has 3 bytes instead of 2/);
    rmSync(join(dir, 'tokenizer.json'));
    await refuses('missing', /tokenizer\.json is not there/);
    mkdirSync(join(dir, 'tokenizer.json'));
    await refuses('invalid', /tokenizer\.json (is not a file|has \d+ bytes)/);
  });

  it('says when there is no package', async () => {
    rmSync(join(dir, 'model.json'));
    await refuses('missing', /model\.json is not there; name the folder/);
    rmSync(dir, { recursive: true });
    await refuses('missing', /No model package/);
    writeFileSync(dir, 'a file, not a folder');
    await refuses('missing', /No model package/);
    rmSync(dir);
  });

  it('refuses a manifest that is not one', async () => {
    const write = (text: string) => writeFileSync(join(dir, 'model.json'), text);
    write('{"format": 1,');
    await refuses('invalid', /model\.json is not JSON/);
    write('[]');
    await refuses('invalid', /model\.json is no valid manifest/);
    write(' '.repeat(2 ** 20 + 1));
    await refuses('invalid', /small text file/);
    rmSync(join(dir, 'model.json'));
    mkdirSync(join(dir, 'model.json'));
    await refuses('invalid', /small text file/);
  });

  const edits: [what: string, edit: (manifest: Editable) => void, problem: RegExp][] = [
    ['an unknown key', (m) => Object.assign(m, { extra: 1 }), /extra/],
    ['an unknown key inside', (m) => Object.assign(m.vision, { extra: 1 }), /extra.* at vision/],
    ['another format', (m) => Object.assign(m, { format: 2 }), /at format/],
    ['an unknown choice', (m) => Object.assign(m.vision, { resize: 'stretch' }), /at vision\.resize/],
    ['a path for a file', (m) => Object.assign(m.files, { '../x': {} }), /files/],
    ['a hidden path', (m) => Object.assign(m.files, { 'a/b': {} }), /files/],
    [
      'itself as a file',
      (m) => Object.assign(m.files, { 'model.json': m.files['tokenizer.json'] }),
      /itself/,
    ],
    ['no language model', (m) => delete m.files['llm-00001-of-00002.gguf'], /files lacks llm-00001/],
    [
      'half of what searching needs',
      (m) => {
        Object.assign(m.files, { 'text-encoder.onnx': m.files['tokenizer.json'] });
        Object.assign(m, { retrieval });
      },
      /files lacks retrieval-encoder\.onnx/,
    ],
    [
      'encoders of texts that it says nothing of',
      (m) => Object.assign(m.files, { 'text-encoder.onnx': m.files['tokenizer.json'] }),
      /no section retrieval/,
    ],
    [
      'texts without their encoders',
      (m) => Object.assign(m, { retrieval }),
      /files lacks retrieval-encoder\.onnx/,
    ],
    ['a wrong token count', (m) => Object.assign(m.vision, { tokens: 16 }), /tokens is 16.* make 17/],
    ['a patch that does not fit', (m) => Object.assign(m.vision, { patchSize: 7 }), /not a multiple/],
    ['more frames than rows', (m) => Object.assign(m.vision, { maxFrames: 4 }), /frames 8 are more than/],
  ];
  for (const [what, edit, problem] of edits) {
    it(`refuses ${what}`, async () => {
      editManifest(edit);
      await refuses('invalid', /model\.json is no valid manifest/, problem);
    });
  }

  it('stops when told to', async () => {
    await assert.rejects(loadPackage(dir, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

describe('the hash cache', () => {
  const path = () => join(dir, 'tokenizer.json');
  const time = new Date('2024-01-01');

  it('spares hashing a file whose size and time have not changed', async () => {
    const cacheDir = join(temp, 'cache', 'deep');
    utimesSync(path(), time, time);
    await loadPackage(dir, { cacheDir });
    // Same size and time, other bytes: only a load without the cache can see it.
    writeFileSync(path(), '[]');
    utimesSync(path(), time, time);
    await loadPackage(dir, { cacheDir });
    await refuses('invalid', /other contents/);
    utimesSync(path(), time, new Date('2024-01-02'));
    await assert.rejects(loadPackage(dir, { cacheDir }), { code: 'invalid' });
  });

  it('may be damaged or impossible to write', async () => {
    const cacheDir = join(temp, 'damaged');
    await loadPackage(dir, { cacheDir });
    const [file = ''] = readdirSync(cacheDir);
    writeFileSync(join(cacheDir, file), '{"tokenizer.json": 7}');
    await loadPackage(dir, { cacheDir });
    await loadPackage(dir, { cacheDir: path() });
  });

  it('refuses an encoder that reads weights which no hash vouches for', async () => {
    writeFileSync(join(dir, packageFiles.chatEncoder), `${'x'.repeat(65_530)}more-weights.bin in the model`);
    await sealPackage(dir, description);
    writeFileSync(join(dir, 'notes.txt'), 'not of the package');
    await loadPackage(dir);
    writeFileSync(join(dir, 'more-weights.bin'), 'anything');
    await refuses('invalid', /chat-encoder\.onnx names more-weights\.bin/);
  });
});

describe('sealPackage', () => {
  it('refuses what would not load, and keeps the old manifest', async () => {
    const before = readFileSync(join(dir, 'model.json'), 'utf8');
    writeFileSync(join(dir, 'left-over.part'), '');
    await assert.rejects(sealPackage(dir, description), { code: 'invalid', message: /left-over\.part/ });
    rmSync(join(dir, 'left-over.part'));
    writeFileSync(join(dir, 'Notes.TXT'), '');
    await assert.rejects(sealPackage(dir, description), { code: 'invalid', message: /files/ });
    rmSync(join(dir, 'Notes.TXT'));
    rmSync(join(dir, 'chat-encoder.onnx'));
    await assert.rejects(sealPackage(dir, description), { code: 'invalid', message: /chat-encoder\.onnx/ });
    assert.equal(readFileSync(join(dir, 'model.json'), 'utf8'), before);
  });
});

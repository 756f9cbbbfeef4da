import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseFiles, type Role } from '#models/hub/choose-files.ts';
import { HubError } from '#models/hub/hub-error.ts';

function choose(role: Role, paths: readonly string[], patterns?: readonly string[]) {
  const files = paths.map((path) => ({ path, bytes: 1e9 }));
  const choice = chooseFiles('them/it', files, role, patterns);
  return { folder: choice.folder, files: choice.files.map(({ path }) => path) };
}

function refuses(problem: RegExp, role: Role, paths: readonly string[], patterns?: readonly string[]): void {
  assert.throws(
    () => choose(role, paths, patterns),
    (error) => {
      assert.ok(error instanceof HubError && error.code === 'not_found');
      assert.match(error.message, problem);
      assert.ok(!error.message.includes('\n'));
      return true;
    },
  );
}

const ggufs = ['README.md', 'ggml-model-f16.gguf', 'ggml-model-Q4_K.gguf', 'mmproj-model-f16.gguf'];
const folder = ['config.json', 'tokenizer.model', 'pytorch_model-00001-of-00001.bin'];

describe('chooseFiles', () => {
  it('takes the one file of a role', () => {
    assert.deepEqual(choose('mmproj', ggufs), { folder: false, files: ['mmproj-model-f16.gguf'] });
    assert.deepEqual(choose('stan', ['x.txt', 'deep/MugSTAN.PTH']), {
      folder: false,
      files: ['deep/MugSTAN.PTH'],
    });
    assert.deepEqual(choose('llava', ['a.gguf', 'a-MMPROJ.gguf', 'config.json']), {
      folder: false,
      files: ['a.gguf'],
    });
  });

  it('asks which one, and shows the choice', () => {
    refuses(
      /2 files like \*\.gguf: which one of ggml-model-f16\.gguf \(1\.00 GB\), ggml-model-Q4_K.* \(them\/it:NAME/,
      'llava',
      ggufs,
    );
    refuses(/no file like \*mmproj\*\.gguf, but a\.gguf \(1\.00 GB\);/, 'mmproj', ['a.gguf']);
    refuses(/no file like \*\.pth or .*, but nothing;/, 'stan', []);
    const many = Array.from({ length: 30 }, (_, i) => `${i}.pth`);
    refuses(/ 19\.pth \(1\.00 GB\) and 10 more/, 'stan', many);
  });

  it('tries patterns in turn: the first that picks anything decides', () => {
    assert.deepEqual(choose('llava', ggufs, ['*q5*.gguf', '*q4_k.gguf', '*.gguf']).files, [
      'ggml-model-Q4_K.gguf',
    ]);
    refuses(/3 files like \*model\*\.gguf/, 'llava', ggufs, ['*model*.gguf', '*q4_k.gguf']);
    refuses(/no file like \*q8\*/, 'llava', ggufs, ['*q8*']);
  });

  it('reads patterns as names in any folder, or as whole paths', () => {
    const paths = ['a.bin', 'x/a.bin', 'x/y/a.bin', 'a+bin', 'x/ab.bin'];
    assert.deepEqual(choose('clip', paths, ['x/a.bin']).files, ['x/a.bin']);
    assert.deepEqual(choose('clip', paths, ['*/*/a.bin']).files, ['x/y/a.bin']);
    assert.deepEqual(choose('clip', paths, ['a?.bin']).files, ['x/ab.bin']);
    assert.deepEqual(choose('clip', paths, ['a+bin']).files, ['a+bin']);
    refuses(/3 files like a\.bin/, 'clip', paths, ['a.bin']);
  });

  it('finds any file by its own name, whatever characters it has', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[*?]|\p{C}/u.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, selector: (text) => text.toLowerCase() }), (paths) => {
        const [wanted = ''] = paths;
        const others = paths
          .slice(1)
          .filter((path) => !path.toLowerCase().endsWith(`/${wanted.toLowerCase()}`));
        assert.deepEqual(choose('stan', [wanted, ...others], [wanted]).files, [wanted]);
      }),
    );
  });

  it('takes a model folder whole: better weights, configuration, tokenizer', () => {
    const rest = [
      'vocab.json',
      'merges.txt',
      'README.md',
      'tf_model.h5',
      'onnx/model.safetensors',
      'a/b.json',
    ];
    assert.deepEqual(choose('clip', ['model.safetensors', 'pytorch_model.bin', ...rest]), {
      folder: true,
      files: ['model.safetensors', 'vocab.json', 'merges.txt'],
    });
    const torch = [...folder, 'mm_projector.bin', 'training_args.bin', 'pytorch_model.bin.index.json'];
    assert.deepEqual(choose('llava', torch).files.sort(), [
      'config.json',
      'mm_projector.bin',
      'pytorch_model-00001-of-00001.bin',
      'pytorch_model.bin.index.json',
      'tokenizer.model',
    ]);
    refuses(/no \*\.safetensors or pytorch_model\*\.bin, but tf_model\.h5/, 'clip', ['tf_model.h5']);
    refuses(/no \*\.safetensors/, 'clip', ['model.gguf']);
  });
});

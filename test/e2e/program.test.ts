import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const bin = join(import.meta.dirname, '../../server/cli/bin.mjs');
const folder = tempFolder();

/** As an installed program: by its own file, from another folder. */
function program(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(bin, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, DATA_DIR: join(folder, 'data') },
  });
  return { status, stdout, stderr };
}

describe('the program stan-llava', () => {
  test('lists its commands, and shows those of one with their options', () => {
    const { status, stdout } = program('--help');
    assert.equal(status, 0);
    for (const name of ['serve', 'ask', 'keys', 'models', 'eval', 'world', 'train', 'bench']) {
      assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
    }
    const serve = program('serve', '--help');
    assert.equal(serve.status, 0);
    assert.match(serve.stdout, /--parallel-conversations <value>/);
    assert.match(serve.stdout, /FFMPEG_BIN/);
  });

  test('refuses a wrong call in one line, with exit code 2', () => {
    for (const args of [
      ['conjure'],
      ['serve', '--prot', '80'],
      ['serve', '--port', '80.5'],
      ['serve', 'somewhere'],
      ['ask', 'clip.mp4'],
      ['ask', 'clip.mp4', 'What?', '--frames', '65'],
    ]) {
      const { status, stdout, stderr } = program(...args);
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, /^stan-llava: [^\n]+\n$/);
    }
  });

  test('a failure that is not the call is one line, with exit code 1', () => {
    const { status, stderr } = program('models', 'check', join(folder, 'nothing'));
    assert.equal(status, 1);
    assert.match(stderr, /^stan-llava: [^\n]*nothing[^\n]*\n$/);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const out = join(folder, 'run');

function call(...args: string[]) {
  const program = ['--import', 'tsx', 'server/cli/stan-llava.ts', ...args];
  return spawnSync(process.execPath, program, { encoding: 'utf8' });
}

describe('the train command', () => {
  const wrong: Record<string, string[]> = {
    'a stage that is none': ['clap', '--out', out],
    'two stages': ['clip', 'chat', '--out', out],
    'half a thread': ['clip', '--out', out, '--threads', '0.5'],
    'an option that is none': ['clip', '--out', out, '--steps', '3'],
  };
  for (const [name, args] of Object.entries(wrong)) {
    test(`${name}: one line, exit code 2, nothing made`, () => {
      const { status, stderr } = call('train', ...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^stan-llava: [^\n]+; --help tells more\n$/);
      assert.ok(!existsSync(out));
    });
  }

  test('a stage whose foundation is missing says which, in one line', () => {
    const { status, stderr } = call('train', 'chat', '--out', out);
    assert.equal(status, 1);
    assert.match(stderr, /^stan-llava: stage clip is not trained yet in .*; train it first\n$/);
    assert.deepEqual(readdirSync(out), []);
  });
});

describe('the models command', () => {
  const wrong: Record<string, string[]> = {
    'no place to compile to': ['compile', folder],
    'an option that is none': ['goldens', folder, '--fast'],
  };
  for (const [name, args] of Object.entries(wrong)) {
    test(`${name}: one line, exit code 2`, () => {
      const { status, stderr } = call('models', ...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^stan-llava: [^\n]+; --help tells more\n$/);
    });
  }

  test('a run that is not finished is not compiled', () => {
    const { status, stderr } = call('models', 'compile', folder, '--out', join(folder, 'package'));
    assert.equal(status, 1);
    assert.match(stderr, /^stan-llava: stage (clip|chat|stan) is not trained yet/);
    assert.ok(!existsSync(join(folder, 'package')));
  });

  test('a folder without references is no success', () => {
    const { status, stderr } = call('models', 'goldens', folder);
    assert.equal(status, 1);
    assert.match(stderr, /holds no reference outputs/);
  });
});

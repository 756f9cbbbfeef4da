import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const maxLines = 300;

const listing = spawnSync('git', ['ls-files', '-z', '--', '*.ts', '*.tsx', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
});
const skip = listing.status === 0 ? false : 'needs git and a clone, to know which files are tracked';

function linesOf(path: string): number {
  return readFileSync(join(root, path), 'utf8').replace(/\n$/, '').split('\n').length;
}

test(`no tracked file has more than ${maxLines} lines, blank ones counted`, { skip }, () => {
  // git lists a file that was deleted until the deletion is staged
  const tracked = listing.stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  assert.ok(tracked.includes('setup.mjs'), 'the list must be that of the whole repository');
  assert.deepEqual(
    tracked.map((path) => ({ path, lines: linesOf(path) })).filter(({ lines }) => lines > maxLines),
    [],
  );
});

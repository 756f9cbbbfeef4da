import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPackage } from '#models/package/load.ts';
import { writeRandomPackage } from '#test/helpers/random-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();

test('a package takes the place of an older one, of an empty folder, and of a path that ends in a slash', async () => {
  const out = join(folder, 'package');
  mkdirSync(out);
  const [first] = Object.values((await writeRandomPackage(out, 1)).files);
  const [second] = Object.values((await writeRandomPackage(`${out}/`, 2)).files);
  const [loaded] = Object.values((await loadPackage(out)).manifest.files);
  assert.notDeepEqual(second, first);
  assert.deepEqual(loaded, second);
  assert.deepEqual(readdirSync(folder), ['package']);
});

test('a package can be read by whoever may read other new folders', () => {
  const other = join(folder, 'other');
  mkdirSync(other);
  assert.equal(statSync(join(folder, 'package')).mode, statSync(other).mode);
});

test('a folder with other work in it, or a file, is not replaced', async () => {
  const work = join(folder, 'work');
  mkdirSync(work);
  writeFileSync(join(work, 'thesis.txt'), 'years');
  for (const out of [work, join(work, 'thesis.txt')])
    await assert.rejects(writeRandomPackage(out), { name: 'PackageError', message: /name a new folder/ });
  assert.deepEqual(readdirSync(work), ['thesis.txt']);
});

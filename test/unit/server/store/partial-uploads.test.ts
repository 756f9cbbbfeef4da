import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Background } from '#core/background.ts';
import { PartialUploads } from '#store/partial-uploads.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

test('an upload that was given up and cannot be removed is told, and keeps none of the others', async () => {
  const folder = join(tempFolder(), 'uploads');
  const [stuck, other] = ['a', 'b'].map((digit) => join(folder, digit.repeat(32)));
  assert(stuck && other);
  await mkdir(join(stuck, 'not a file'), { recursive: true });
  await writeFile(other, 'bytes');
  for (const path of [stuck, other]) await utimes(path, 1, 1);
  let background: Background | undefined;
  const told = new Promise((resolve) => {
    background = new Background(resolve);
    new PartialUploads(folder, background);
  });
  assert.equal(await told, 'uploads that were given up could not be removed');
  await background?.close();
  assert.deepEqual(await readdir(folder), ['a'.repeat(32)]);
});

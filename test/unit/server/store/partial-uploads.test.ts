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
  const told: string[] = [];
  const background = new Background((what) => told.push(what));
  new PartialUploads(folder, background);
  await background.close();
  assert.deepEqual(told, ['uploads that were given up could not be removed']);
  assert.deepEqual(await readdir(folder), ['a'.repeat(32)]);
});

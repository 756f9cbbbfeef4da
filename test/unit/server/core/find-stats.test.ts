import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findStats } from '#core/find-stats.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();

test('a file, no file, and a path of which nobody can tell', async () => {
  await writeFile(join(folder, 'clip'), 'four');
  assert.equal((await findStats(join(folder, 'clip')))?.size, 4);
  assert.equal(await findStats(join(folder, 'other')), undefined);
  assert.equal(
    await findStats(join(folder, 'clip', 'inside')),
    undefined,
    'a file stands where the path has a folder',
  );
  await assert.rejects(findStats(join(folder, 'n'.repeat(300))), { code: 'ENAMETOOLONG' });
});

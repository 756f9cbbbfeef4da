import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkPackage } from '#models/package/check-package.ts';
import { loadPackage } from '#models/package/load.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { sealPackage } from '#models/package/seal.ts';
import { smallPackage } from '#test/helpers/small-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

test('a package is checked with its tokenizer', async () => {
  const dir = join(tempFolder(), 'package');
  cpSync(smallPackage, dir, { recursive: true });
  const { files: _, ...description } = (await loadPackage(dir)).manifest;
  for (const text of ['['.repeat(100_000), '{}', '{"model": {"type": "Spaghetti"}}']) {
    writeFileSync(join(dir, packageFiles.tokenizer), text);
    await sealPackage(dir, description);
    await assert.rejects(
      checkPackage(dir, () => undefined),
      { code: 'invalid', message: /tokenizer\.json is no tokenizer/ },
    );
  }
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { before, describe, test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const root = resolve(import.meta.dirname, '../..');

interface Planted {
  readonly what: string;
  readonly file: string;
  readonly find: string | RegExp;
  readonly put: string;
  /** Where the compiler must complain. */
  readonly complains: string;
}

/** Cases added in one place and forgotten in the table that must have them. */
const planted: readonly Planted[] = [
  {
    what: 'a fourth temporal module of STAN',
    file: 'models/nets/temporal.ts',
    find: "'attention', 'convolution', 'none'",
    put: "'attention', 'convolution', 'none', 'planted'",
    complains: 'models/nets/temporal.ts',
  },
  {
    what: 'a socket request without a handler',
    file: 'server/contract/chat.ts',
    find: 'export const requests = {',
    put: "export const requests = {\n  'planted:request': z.object({}),",
    complains: 'server/socket/',
  },
  {
    what: 'a media format without a MIME type',
    file: 'server/core/media-formats.ts',
    find: /mime: '[^']+',?/,
    put: '',
    complains: 'server/core/media-formats.ts',
  },
  {
    what: 'an error code without a status',
    file: 'server/errors.ts',
    find: "  | 'invalid_request'",
    put: "  | 'invalid_request'\n  | 'planted_code'",
    complains: 'server/http/errors.ts',
  },
];

describe('a forgotten case does not compile', () => {
  let complaints: string[];

  before(async () => {
    const folder = tempFolder();
    for (const name of ['server', 'models', 'client', 'tsconfig.json', 'package.json']) {
      const filter = (path: string): boolean => !/\.(onnx|gguf|dist)$/.test(path);
      await cp(join(root, name), join(folder, name), { recursive: true, filter });
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { what, file, find, put } of planted) {
      const text = await readFile(join(folder, file), 'utf8');
      const changed = text.replace(find, put);
      assert.notEqual(changed, text, `${what}: ${file} does not have the text to change`);
      await writeFile(join(folder, file), changed);
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit'], { cwd: folder, encoding: 'utf8' });
    complaints = stdout.split('\n').filter((line) => / error TS\d+/.test(line));
  });

  for (const { what, complains } of planted) {
    test(what, () => {
      assert.ok(
        complaints.some((line) => line.startsWith(complains)),
        complaints.join('\n') || 'it compiles',
      );
    });
  }
});

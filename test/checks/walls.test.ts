import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { before, describe, test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const root = resolve(import.meta.dirname, '../..');

/** Wrong imports, one for each arrow that must not be: the folder that imports, and what. */
const forbidden: readonly (readonly [folder: string, specifier: string])[] = [
  ['server/core', '#engine/engine.ts'],
  ['server/core', '#models/graph/tensor.ts'],
  ['server/contract', '#errors'],
  ['server/contract', '#engine/types.ts'],
  ['server/engine', '#http/app.ts'],
  ['server/engine', '#store/database.ts'],
  ['server/engine', '#chat/chat-service.ts'],
  ['server/engine', '#cli/run-command.ts'],
  ['server/engine', 'express'],
  ['server/engine', 'libsql'],
  ['server/store', '#chat/chat-service.ts'],
  ['server/store', '#http/app.ts'],
  ['server/chat', '#http/app.ts'],
  ['server/chat', 'socket.io'],
  ['server/search', '#socket/chat-server.ts'],
  ['server/http', '#socket/chat-server.ts'],
  ['server/http', '#cli/run-command.ts'],
  ['server/socket', '#http/app.ts'],
  ['server/socket', 'express'],
  ['server/cli', '#test/helpers/goldens.ts'],
  ['bench', '#test/helpers/goldens.ts'],
  ['bench/scripted', '../../test/helpers/goldens.ts'],
  ['models/graph', '#models/nets/clip.ts'],
  ['models/graph', '../train/trainer.ts'],
  ['models/nets', '#models/package/manifest.ts'],
  ['models/formats', '#models/graph/tensor.ts'],
  ['models/formats', '../graph/tensor.ts'],
  ['models/package', '#models/convert/plan.ts'],
  ['models/world', '#models/train/trainer.ts'],
  ['models/train', '#models/convert/plan.ts'],
  ['models/evaluate', '#engine/engine.ts'],
  ['models/hub', '#http/app.ts'],
  ['client', '#engine/types.ts'],
  ['client', '#models/graph/tensor.ts'],
  ['client', '../server/errors.ts'],
  ['test/unit', 'node:child_process'],
  ['test/unit', '#test/e2e/world-clip.ts'],
  ['test/unit', '#bench/scripted/scripted-page.ts'],
];

/** Right ones, so that the rules above are not simply "nothing". */
const allowed: readonly (readonly [folder: string, specifier: string])[] = [
  ['server/engine', '#core/work-queue.ts'],
  ['server/engine', '#models/package/load.ts'],
  ['server/chat', '#engine/engine.ts'],
  ['server/http', '#search/clip-search.ts'],
  ['server/cli', '#http/app.ts'],
  ['models/nets', '#models/graph/tensor.ts'],
  ['bench', '#cli/spawn-server.ts'],
  ['client', '#contract/chat.ts'],
  ['test/unit', '#test/helpers/temp-folder.ts'],
  ['test/unit', '#bench/scripted/running-server.ts'],
];

describe('imports go one way', () => {
  let refused: ReadonlySet<string>;

  before(async () => {
    const folder = await realpath(tempFolder());
    await copyFile(join(root, 'biome.json'), join(folder, 'biome.json'));
    const planted = [...forbidden, ...allowed];
    for (const [i, [room, specifier]] of planted.entries()) {
      const file = join(folder, room, `planted-${i}.ts`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `import { planted } from '${specifier}';\n\nexport const used = planted;\n`);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const rule = ['--only=style/noRestrictedImports', '--vcs-enabled=false', '--max-diagnostics=none'];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--reporter=github', ...rule, '.'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const files = [...`${stdout}${stderr}`.matchAll(/file=([^,]+),/g)].map(([, file]) => file ?? '');
    refused = new Set(files.map((file) => relative(folder, resolve(folder, file))));
  });

  for (const [i, [room, specifier]] of forbidden.entries()) {
    test(`${room} does not import ${specifier}`, () => {
      assert.ok(refused.has(`${room}/planted-${i}.ts`));
    });
  }

  for (const [i, [room, specifier]] of allowed.entries()) {
    test(`${room} may import ${specifier}`, () => {
      assert.ok(!refused.has(`${room}/planted-${forbidden.length + i}.ts`));
    });
  }
});

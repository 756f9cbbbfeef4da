import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ApiKeys, digestOf } from '#store/api-keys.ts';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const root = join(import.meta.dirname, '../..');

describe('keys', () => {
  const folder = tempFolder();

  /** The command as people run it. */
  async function keys(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = ['--import', 'tsx', join(root, 'server/cli/stan-llava.ts'), 'keys', ...args];
    const run = promisify(execFile)(process.execPath, command, {
      cwd: root,
      env: { ...process.env, DATA_DIR: folder },
    });
    return await run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  test('are made, listed and taken back while a server holds the database; the key itself is nowhere', async () => {
    const path = join(folder, 'stan-llava.db');
    const database = Database.open(path);
    const served = new ApiKeys(database);
    assert.equal(served.any, false);
    const [key = ''] = (await keys('create', 'my laptop', '--role', 'read-only', '--days', '7')).stdout.split(
      '\n',
    );
    assert.match(key, /^sk-stan-[\w-]{43}$/);
    const found = served.find(digestOf(key));
    assert(found !== undefined);
    assert.deepEqual([found.userName, found.role], ['my laptop', 'read-only']);
    assert.equal(Math.round(((found.expiresAt ?? 0) - found.createdAt) / 86_400_000), 7);
    assert.equal(served.find(digestOf(`${key} `)), undefined);
    assert.equal(served.any, true);
    const listed = await keys('list');
    assert(listed.stdout.includes(`${found.id}  `) && listed.stdout.trim().endsWith('my laptop'));
    for (const file of [path, `${path}-wal`]) assert(!(await readFile(file)).includes(key));
    assert.equal((await keys('revoke', found.id)).code, 0);
    assert.equal(served.find(digestOf(key)), undefined);
    database.close();
  });

  test('a wrong call says how it goes, in one line', async () => {
    assert.equal((await keys()).code, 2);
    for (const args of [
      ['create'],
      ['create', ' '],
      ['revoke'],
      ['list', 'x'],
      ['create', 'a', 'b'],
      ['create', 'a', '--role', 'owner'],
      ['create', 'a', '--days', '-1'],
      ['--x'],
    ]) {
      const { code, stderr } = await keys(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, /^stan-llava: [^\n]+; --help tells more\n$/);
    }
    const { code, stderr } = await keys('revoke', 'nothing');
    assert.deepEqual([code, stderr.split('\n').length], [1, 2]);
  });
});

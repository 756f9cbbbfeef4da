import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DataLock } from '#store/data-lock.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('the lock of a folder, between processes', () => {
  const folder = tempFolder();

  test('goes with a process that is killed', () => {
    const dataDir = join(folder, 'killed');
    const program = `import { DataLock } from '#store/data-lock.ts';
      DataLock.take(${JSON.stringify(dataDir)});
      process.kill(process.pid, 'SIGKILL');`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    assert.equal(spawnSync(process.execPath, args).signal, 'SIGKILL');
    assert.ok(DataLock.owner(dataDir) !== undefined, 'it had the lock');
    DataLock.take(dataDir).release();
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DataLock } from '#store/data-lock.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('the lock of a folder', () => {
  const folder = tempFolder();

  test('is one server’s; another is told whose, in one line, until it is released', () => {
    const dataDir = join(folder, 'data');
    const lock = DataLock.take(dataDir);
    assert.throws(() => DataLock.take(dataDir), {
      code: 'storage_unusable',
      message: new RegExp(`^${dataDir}: Process ${process.pid} on .* uses this folder .*DATA_DIR`),
    });
    lock.release();
    DataLock.take(dataDir).release();
  });
});

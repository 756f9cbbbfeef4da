import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readinessChecks } from '#http/readiness.ts';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('whether the server can work', () => {
  const folder = tempFolder();

  /** Names of the checks that fail. */
  async function failing(checks: ReturnType<typeof readinessChecks>): Promise<string[]> {
    const results = await Promise.allSettled(Object.values(checks).map(async (check) => check()));
    return Object.keys(checks).filter((_, index) => results[index]?.status === 'rejected');
  }

  test('each check fails by what it is about, and by nothing else', async () => {
    const stop = new AbortController();
    const database = Database.open(join(folder, 'stan-llava.db'));
    for (const name of ['clips', 'uploads', 'tokens']) await mkdir(join(folder, name));
    let waiting = 7;
    const queues = () => ({ decode: { waiting } });
    const all = { database, dataDir: folder, signal: stop.signal, queues, maxWaiting: 8 };
    assert.deepEqual(await failing(readinessChecks(all)), []);
    assert.deepEqual(await failing(readinessChecks({ ...all, dataDir: join(folder, 'gone') })), [
      'folders',
      'disk',
    ]);
    waiting = 8;
    assert.deepEqual(await failing(readinessChecks(all)), ['queues']);
    waiting = 0;
    await rm(join(folder, 'uploads'), { recursive: true });
    assert.deepEqual(await failing(readinessChecks(all)), ['folders']);
    await mkdir(join(folder, 'uploads'));
    stop.abort();
    assert.deepEqual(await failing(readinessChecks(all)), ['running']);
    database.close();
    assert.deepEqual(await failing(readinessChecks(all)), ['running', 'database']);
  });
});

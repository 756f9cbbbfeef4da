import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { Access } from '#access/access.ts';
import { errorBody } from '#contract/rest.ts';
import { OpenRequests } from '#http/open-requests.ts';
import { createStartingApp } from '#http/starting-app.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { Sessions } from '#store/sessions.ts';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const secret = 'open-sesame-please';

describe('the server while it loads the model', () => {
  const folder = tempFolder();
  const database = Database.open(join(folder, 'keys.db'));
  const clientDir = join(folder, 'client');
  const access = new Access({
    apiKey: secret,
    keys: new ApiKeys(database),
    sessions: new Sessions(database),
    isLocal: true,
  });
  const server = createServer(
    createStartingApp({ clientDir, log: pino({ level: 'silent' }), access, open: new OpenRequests() }),
  );
  let url = '';
  before(async () => {
    await mkdir(clientDir);
    await writeFile(join(clientDir, 'index.html'), 'the page');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    url = `http://127.0.0.1:${address.port}`;
  });
  after(() => {
    server.close();
    database.close();
  });
  const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${secret}` }) =>
    fetch(`${url}${path}`, { headers });

  test('shows the page, under the same policy', async () => {
    const reply = await get('/');
    assert.equal(await reply.text(), 'the page');
    assert.match(reply.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  });

  test('tells all else to come again', async () => {
    for (const path of ['/v1/models', '/v1/videos', '/socket.io/?EIO=4&transport=polling']) {
      const reply = await get(path);
      assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '2']);
      assert.equal(errorBody.parse(await reply.json()).error.code, 'starting');
    }
  });

  test('lives and is not ready', async () => {
    assert.equal((await get('/healthz', {})).status, 200);
    const ready = await get('/readyz', {});
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), { status: 'not ready', failed: ['model'] });
  });

  test('lets in without a key whoever reads the page only', async () => {
    assert.equal((await get('/v1/models', {})).status, 401);
  });
});

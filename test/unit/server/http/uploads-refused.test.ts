import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { assertRefused, bytes, rawTus } from './raw-tus.ts';

const halfDuplex = { duplex: 'half' };

describe('/v1/uploads and requests that are wrong', () => {
  const folder = tempFolder();
  const uploads = join(folder, 'uploads');
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { maxUploadBytes: 2 ** 50 });
  });
  after(() => server.close());
  afterEach(async () => {
    for (const name of await readdir(uploads)) await rm(join(uploads, name));
  });

  const { ask, create, append, begin, offsetOf } = rawTus(() => server.url);

  describe('what is wrong with a request is said in one form', () => {
    const unknown = `/${'0'.repeat(32)}`;
    const refused = (name: string, status: number, code: string, request: () => Promise<Response>) =>
      test(name, async () => {
        await assertRefused(await request(), status, code);
        assert.deepEqual(await readdir(uploads), []);
      });
    refused('more than is taken', 413, 'too_large', () => create(2 ** 51));
    for (const length of ['-1', 'many', '1e3', '1.5', '99999999999999999999', '', '1, 1']) {
      refused(`the length "${length}"`, 400, 'invalid_request', () => create(length));
    }
    refused('no length', 400, 'invalid_request', () => ask('POST', ''));
    refused('a length that comes later', 400, 'invalid_request', () =>
      ask('POST', '', { 'upload-defer-length': '1' }),
    );
    for (const metadata of ['filename ***', 'a b c', '__proto__ YQ==', 'a YQ==,a YQ==', ',']) {
      refused(`the metadata "${metadata}"`, 400, 'invalid_request', () =>
        create(9, { 'upload-metadata': metadata }),
      );
    }
    refused('another version', 412, 'invalid_request', () => create(9, { 'tus-resumable': '0.2.2' }));
    refused('an unknown upload', 404, 'not_found', () => append(unknown, 0, 'video'));
    refused('an unknown video', 404, 'not_found', () => ask('GET', unknown));
    for (const path of ['/..%2fx', '/..%2f..%2fetc%2fpasswd', '/x.json', '/%00', `${unknown}.json`, '/a/b']) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        refused(`${method} ${path}`, 404, 'not_found', () =>
          ask(method, path, { ...bytes, 'upload-offset': '0' }),
        );
      }
    }
  });

  test('bytes at another place, too many, or of another type are not taken', async () => {
    const path = await begin(11);
    await append(path, 0, 'video');
    await assertRefused(await append(path, 0, 'video bytes'), 409, 'conflict');
    await assertRefused(await append(path, 7, 'tes'), 409, 'conflict');
    await assertRefused(await append(path, 2 ** 49, 'x'), 409, 'conflict');
    for (const offset of ['-1', 'x', '5.0', '']) {
      await assertRefused(await append(path, offset, 'x'), 400, 'invalid_request');
    }
    await assertRefused(await append(path, 5, 'x'.repeat(7)), 413, 'too_large');
    await assertRefused(await append(path, 5, 'x', { 'content-type': 'video/mp4' }), 400, 'invalid_request');
    await assertRefused(await ask('PATCH', path, bytes, 'x'), 400, 'invalid_request');
    const unannounced = fetch(`${server.url}/v1/uploads${path}`, {
      // undici asks for it, and the types of fetch do not know it
      ...halfDuplex,
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', ...bytes, 'upload-offset': '5' },
      body: new Blob(['x'.repeat(100_000)]).stream(),
    });
    await assertRefused(await unannounced, 413, 'too_large');
    assert.equal(await offsetOf(path), 5);
    assert.equal((await append(path, 5, ' bytes')).status, 204);
  });

  test('a header does not make one method another', async () => {
    const path = await begin(5);
    await assertRefused(await ask('POST', path, { 'x-http-method-override': 'DELETE' }), 404, 'not_found');
    assert.equal((await ask('HEAD', path, { 'x-http-method-override': 'DELETE' })).status, 200);
    assert.equal(await offsetOf(path), 0);
  });

  test('no header or path brings the server to its knees', async () => {
    const header = fc.string({ unit: fc.constantFrom(...'09-+.eE x,="/\\'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(header, header, header, fc.webPath({ size: 'small' }), async (a, b, c, path) => {
        const replies = await Promise.all([
          create(a, { 'upload-metadata': b }),
          append(path, a, c),
          append('/0', b, c, { 'upload-length': a }),
          ask('HEAD', path),
        ]);
        for (const reply of replies) {
          assert(reply.status < 500, `${reply.status}`);
          await reply.arrayBuffer();
        }
      }),
      { numRuns: 25 },
    );
    assert.equal(await offsetOf(await begin(5)), 0);
  });

  test('says what it speaks, and nothing to pages of other sites', async () => {
    const reply = await ask('OPTIONS', '');
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get('tus-version'), '1.0.0');
    assert.equal(reply.headers.get('tus-extension'), 'creation,termination');
    assert.equal(reply.headers.get('tus-max-size'), `${2 ** 50}`);
    const path = await begin(5);
    for (const answer of [reply, await create(9), await ask('HEAD', path), await append(path, 1, 'x')]) {
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
        [],
      );
      assert.equal(answer.headers.get('tus-resumable'), '1.0.0');
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'self'/);
    }
    await assertRefused(await create(9, { origin: 'http://other.example' }), 403, 'forbidden');
  });
});

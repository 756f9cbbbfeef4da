import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { fileAddress, listRepository } from '#models/hub/hub.ts';
import { HubError, type HubErrorCode } from '#models/hub/hub-error.ts';
import { hubSettings } from '#models/hub/hub-settings.ts';
import { settingsFor, sha256, startHub } from '#test/helpers/hub-server.ts';

const server = await startHub();
const elsewhere = await startHub();
const hub = settingsFor(server, 'hf_secret');
const weights = Buffer.from('weights');

beforeEach(() => {
  server.repositories.clear();
  for (const each of [server, elsewhere]) {
    each.requests.length = 0;
    each.intercept = undefined;
  }
});

function answerWith(body: string | object, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  server.intercept = (_, response) => Boolean(response.writeHead(200, headers).end(text));
}

async function refuses(code: HubErrorCode, ...problems: RegExp[]): Promise<void> {
  await assert.rejects(listRepository(hub, 'them/llava'), (error) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(!error.message.includes('\n') && !error.message.includes('hf_secret'), error.message);
    for (const problem of problems) assert.match(error.message, problem);
    return true;
  });
}

describe('listRepository', () => {
  it('gives every file of every page, with hashes where the hub knows them', async () => {
    server.repositories.set('them/llava', {
      'config.json': Buffer.from('{}'),
      'deep/er/model.gguf': weights,
      'README.md': Buffer.from('# hello'),
    });
    server.pageSize = 2;
    assert.deepEqual(await listRepository(hub, 'them/llava', { revision: 'refs/pr/1' }), [
      { path: 'config.json', bytes: 2 },
      { path: 'deep/er/model.gguf', bytes: 7, sha256: sha256(weights) },
      { path: 'README.md', bytes: 7 },
    ]);
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      [
        '/api/models/them/llava/tree/refs%2Fpr%2F1?recursive=true',
        '/api/models/them/llava/tree/refs%2Fpr%2F1?recursive=true&cursor=2',
      ],
    );
  });

  it('leaves folders out and takes the size of the file a pointer stands for', async () => {
    answerWith([
      { type: 'directory', oid: 'x', size: 0, path: 'deep' },
      { type: 'file', size: 134, path: 'big.bin', lfs: { oid: 'b'.repeat(64), size: 5e9 }, xetHash: 'c' },
    ]);
    assert.deepEqual(await listRepository(hub, 'them/llava'), [
      { path: 'big.bin', bytes: 5e9, sha256: 'b'.repeat(64) },
    ]);
  });

  it('asks the hub for the next page, wherever the link points', async () => {
    answerWith([], { link: `<${elsewhere.origin}/api/steal?cursor=1>; rel="next"` });
    await refuses('protocol', /100 pages/);
    assert.equal(elsewhere.requests.length, 0);
    assert.ok(server.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret'));
  });

  it('shows the token to the hub and to nobody it redirects to', async () => {
    server.intercept = (request, response) => {
      if (request.url?.startsWith('/api/') !== true) return false;
      return Boolean(response.writeHead(307, { location: '/here' }).end());
    };
    await refuses('not_found');
    server.intercept = (_, response) =>
      Boolean(response.writeHead(302, { location: `${elsewhere.origin}/list` }).end('moved'));
    elsewhere.intercept = (_, response) => Boolean(response.end('[]'));
    assert.deepEqual(await listRepository(hub, 'them/llava'), []);
    assert.deepEqual(
      server.requests.map(({ url, headers }) => [url.slice(0, 5), headers.authorization]),
      [
        ['/api/', 'Bearer hf_secret'],
        ['/here', 'Bearer hf_secret'],
        ['/api/', 'Bearer hf_secret'],
      ],
    );
    assert.deepEqual(
      elsewhere.requests.map(({ url, headers }) => [url, headers.authorization]),
      [['/list', undefined]],
    );
  });

  const badRedirects = [
    'file:///etc/passwd',
    'ftp://there/x',
    'http://me:pass@there/',
    'http://',
    '/api/again',
  ];
  for (const location of badRedirects) {
    it(`does not follow a redirect to ${location} for ever`, async () => {
      server.intercept = (_, response) => Boolean(response.writeHead(302, { location }).end());
      await refuses('protocol', /redirects/);
      assert.ok(server.requests.length <= 6);
    });
  }

  const refusals: [name: string, status: number, code: HubErrorCode, problem: RegExp, errorCode?: string][] =
    [
      ['gated', 401, 'forbidden', /accept the licence.*HF_TOKEN.*import --llava/, 'GatedRepo'],
      ['gated for this token', 403, 'forbidden', /accept the licence.*HF_TOKEN/],
      ['unknown to strangers', 401, 'not_found', /no such repository, or it is private/, 'RepoNotFound'],
      ['not there', 404, 'not_found', /answered 404.*import --llava/],
      ['broken', 500, 'unreachable', /answered 500.*import --llava/],
      ['overrun', 429, 'unreachable', /answered 429/],
      ['a teapot', 418, 'protocol', /answered 418.*HF_ENDPOINT/],
    ];
  for (const [name, status, code, problem, errorCode] of refusals) {
    it(`explains a repository that is ${name}`, async () => {
      const headers = errorCode === undefined ? {} : { 'x-error-code': errorCode };
      server.intercept = (_, response) => Boolean(response.writeHead(status, headers).end('<html>'));
      await refuses(code, problem);
    });
  }

  const garbage: [name: string, body: string | object][] = [
    ['a page', '<!doctype html><p>Sign in to the hotel'],
    ['nothing', ''],
    ['half a list', '[{"type":"file"'],
    ['no list', {}],
    ['no sizes', [{ type: 'file', path: 'a' }]],
    ['a negative size', [{ type: 'file', path: 'a', size: -1 }]],
    ['half a byte', [{ type: 'file', path: 'a', size: 0.5 }]],
    ['a hash that is none', [{ type: 'file', path: 'a', size: 1, lfs: { oid: 'sha', size: 1 } }]],
  ];
  for (const [name, body] of garbage) {
    it(`refuses an answer that is ${name}`, async () => {
      answerWith(body);
      await refuses('protocol', /is not JSON|no list of files/, /import --llava/);
    });
  }

  const hostilePaths = [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a/',
    '.',
    '',
    'a\\b',
    '..\\x',
    'a\0b',
    'a\nb',
    '\u001b[31m',
    '\u202etxt',
    '\ud800',
    'x'.repeat(241),
    `${'a/'.repeat(300)}b`,
  ];
  for (const path of hostilePaths) {
    it(`refuses the path ${JSON.stringify(path).slice(0, 30)}`, async () => {
      answerWith([
        { type: 'file', path: 'fine', size: 1 },
        { type: 'file', path, size: 1 },
      ]);
      await refuses('protocol', /at 1\.path/);
    });
  }

  it('bounds how much it listens to', async () => {
    answerWith(' '.repeat(9 * 2 ** 20));
    await refuses('protocol', /more than a list/);
    const page = Array.from({ length: 6000 }, (_, i) => ({ type: 'file', path: `f${i}`, size: 1 }));
    answerWith(page, { link: '</x?cursor=1>; rel="next"' });
    await refuses('protocol', /10000 files/);
  });

  it('gives up on a hub that says nothing, and when it is told to', async () => {
    const open: ServerResponse[] = [];
    server.intercept = (_, response) => Boolean(open.push(response));
    const impatient = { ...hub, patience: { ...hub.patience, stallMs: 20 } };
    await assert.rejects(listRepository(impatient, 'them/llava'), {
      code: 'unreachable',
      message: /sent nothing for 0\.02 s/,
    });
    server.intercept = (_, response) => Boolean(response.write('['));
    await assert.rejects(listRepository(impatient, 'them/llava'), { code: 'unreachable' });
    const stop = new AbortController();
    server.intercept = (_, response) => {
      stop.abort(new Error('told to'));
      return Boolean(response.write('['));
    };
    await assert.rejects(listRepository(hub, 'them/llava', { signal: stop.signal }), /^Error: told to$/);
    await assert.rejects(listRepository(hub, 'them/llava', { signal: stop.signal }), /^Error: told to$/);
    for (const response of open) response.destroy();
  });

  it('says what it could not reach, and what can be done without it', async () => {
    const gone = await startHub();
    await gone.close();
    await assert.rejects(listRepository(settingsFor(gone), 'them/llava'), (error) => {
      assert.ok(error instanceof HubError && error.code === 'unreachable');
      const start = `${gone.origin}/api/models/them/llava/tree/main cannot be reached (ECONNREFUSED); `;
      assert.ok(error.message.startsWith(start), error.message);
      assert.match(error.message, /npm run -s models -- import --llava FOLDER --stan FILE/);
      return true;
    });
  });
});

describe('fileAddress', () => {
  it('names one file for every path, inside its repository', () => {
    assert.equal(
      fileAddress(hub, 'them/llava', 'deep/q4 k#1?.gguf', 'refs/pr/1'),
      `${server.origin}/them/llava/resolve/refs%2Fpr%2F1/deep/q4%20k%231%3F.gguf`,
    );
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[/\p{C}]|^\.{1,2}$/u.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const { pathname, search, hash } = new URL(fileAddress(hub, 'them/llava', names.join('/')));
        assert.equal(search + hash, '');
        const prefix = '/them/llava/resolve/main/';
        assert.ok(pathname.startsWith(prefix));
        assert.deepEqual(pathname.slice(prefix.length).split('/').map(decodeURIComponent), names);
      }),
    );
  });
});

describe('hubSettings', () => {
  it('takes the public hub unless the environment names another', () => {
    const { endpoint, token } = hubSettings({ HF_ENDPOINT: '', HF_TOKEN: '' });
    assert.deepEqual([endpoint, token], ['https://huggingface.co', undefined]);
    const other = hubSettings({ HF_ENDPOINT: 'http://hub.local:8080/mirror/', HF_TOKEN: 'hf_x' });
    assert.deepEqual([other.endpoint, other.token], ['http://hub.local:8080/mirror', 'hf_x']);
  });

  it('waits longer from one retry to the next, and not when told to stop', async () => {
    const { pause } = hubSettings({}).patience;
    await assert.rejects(pause(5, AbortSignal.abort()), { name: 'AbortError' });
  });

  for (const HF_ENDPOINT of ['huggingface.co', 'ftp://hub', 'https://me:secret@hub', 'https://hub/?a=b']) {
    it(`refuses the endpoint ${HF_ENDPOINT}`, () => {
      assert.throws(() => hubSettings({ HF_ENDPOINT }), /^Error: HF_ENDPOINT must be/);
    });
  }

  it('refuses a token that fits no header, without showing it', () => {
    assert.throws(() => hubSettings({ HF_TOKEN: 'hf_sec\nret' }), /^Error: HF_TOKEN holds characters[^\n]*$/);
  });
});

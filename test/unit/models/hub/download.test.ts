import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Disk, localDisk } from '#models/hub/disk.ts';
import { type Intercept, sendFile, sha256, startHub } from '#test/helpers/hub-server.ts';
import {
  answers,
  arrives,
  fails,
  fetchFile,
  file,
  half,
  interrupt,
  known,
  left,
  newTarget,
  ranges,
  server,
  target,
} from './download-rig.ts';

const store = await startHub();
store.repositories.set('them/llava', { 'model.gguf': file });

describe('download', () => {
  it('brings the file and tells how far it is', async () => {
    const seen: { bytes: number; received: number }[] = [];
    await arrives({ ...known, onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen[0], { bytes: 0, received: 0 });
    assert.deepEqual(seen.at(-1), { bytes: file.length, received: file.length });
    assert.ok(seen.length > 2 && seen.every(({ bytes }, i) => bytes >= (seen[i - 1]?.bytes ?? 0)));
  });

  it('needs to know nothing of the file', () => arrives({}));

  it('brings an empty file, asked or not', async () => {
    server.repositories.set('them/llava', { 'model.gguf': Buffer.alloc(0) });
    await fetchFile({});
    assert.equal(statSync(target).size, 0);
    await fetchFile({ bytes: 0, sha256: sha256(Buffer.alloc(0)) });
    assert.deepEqual(left(), ['model.gguf']);
  });

  it('follows the hub to its store and leaves the token at home', async () => {
    const redirect: Intercept = (request, response) =>
      Boolean(response.writeHead(302, { location: `${store.origin}${request.url}?Signature=s3cret` }).end());
    server.intercept = redirect;
    await arrives();
    assert.equal(server.requests[0]?.headers.authorization, 'Bearer hf_secret');
    assert.equal(store.requests[0]?.headers.authorization, undefined);
    assert.equal(store.requests[0]?.headers['accept-encoding'], 'identity');
    store.intercept = (_, response) => Boolean(response.writeHead(403).end());
    newTarget();
    server.intercept = redirect;
    await fails(
      'unreachable',
      new RegExp(`^${store.origin}/them/llava/resolve/main/model.gguf answered 403;`),
    );
    assert.equal(store.requests.length, 5);
  });

  it('leaves a finished file alone, and only if it is the right one', async () => {
    await arrives();
    server.requests.length = 0;
    await arrives();
    await arrives({ sha256: known.sha256 });
    assert.equal(server.requests.length, 0);
    writeFileSync(target, Buffer.from(file).fill(0, 10, 20));
    await arrives();
    writeFileSync(target, file.subarray(1));
    await arrives();
    await arrives({ bytes: known.bytes });
    assert.equal(server.requests.length, 3);
  });
});

describe('a file that is not the one', () => {
  it('with another hash is removed', async () => {
    answers({ contents: Buffer.from(file).fill(1, 0, 9) });
    await fails('damaged', /arrived with another hash.*download it anew/);
    assert.deepEqual(left(), []);
  });

  it('with a spoilt part is removed too', async () => {
    await interrupt();
    writeFileSync(`${target}.part`, Buffer.from(file.subarray(0, half)).fill(0, 0, 9));
    await fails('damaged', /another hash/);
    assert.deepEqual(left(), []);
    await arrives();
  });

  for (const [name, contents] of [
    ['longer', Buffer.concat([file, file])],
    ['shorter', file.subarray(0, half)],
  ] as const) {
    it(`that says it is ${name} is not even prefill`, async () => {
      answers({ contents });
      await fails('damaged', new RegExp(`has ${contents.length} bytes instead of the ${file.length}`));
      assert.deepEqual(left(), []);
      assert.equal(server.requests.length, 1);
    });
  }

  it('that does not say how long it is: longer', async () => {
    server.intercept = (_, response) => {
      response.write(file);
      return Boolean(response.end(file));
    };
    await fails('damaged', /has more bytes instead of the/);
    assert.deepEqual(left(), []);
  });

  it('that does not say how long it is: shorter', async () => {
    server.intercept = (request, response) => {
      if (request.headers.range !== undefined) {
        sendFile(request, response, file.subarray(0, half), { etag: '"x"' });
        return true;
      }
      response.writeHead(200, { etag: '"x"' });
      response.write(file.subarray(0, 100));
      return Boolean(response.end(file.subarray(100, half)));
    };
    await fails('damaged', /has 150000 bytes instead of the 300000/);
    assert.deepEqual(left(), []);
  });

  const nonsense: [name: string, status: number, headers: Record<string, string | number>][] = [
    ['an answer to no question', 206, { 'content-range': 'bytes 5-9/300000' }],
    ['no content', 204, {}],
    ['a compressed file', 200, { 'content-encoding': 'gzip' }],
  ];
  for (const [name, status, headers] of nonsense) {
    it(`${name} is refused`, async () => {
      server.intercept = (_, response) => Boolean(response.writeHead(status, headers).end());
      await fails('protocol', /something else than was asked for/);
    });
  }

  it('is not there, or not for us', async () => {
    server.repositories.clear();
    await fails('not_found', /answered 404/);
    server.intercept = (_, response) => Boolean(response.writeHead(403).end());
    await fails('forbidden', /HF_TOKEN/);
    assert.equal(server.requests.length, 2);
  });
});

describe('a full disk', () => {
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

  it('is noticed before anything is asked for', async () => {
    const disk: Disk = { ...localDisk, freeBytes: async () => file.length - 1 };
    await fails('disk_full', /needs 0\.00 GB; .*make room and run the command again/, { ...known, disk });
    assert.equal(server.requests.length, 0);
  });

  it('keeps what has arrived, so that the same call goes on', async () => {
    let room = half;
    const disk: Disk = {
      freeBytes: async () => Infinity,
      write: async (handle, bytes, position) => {
        // As a disk does it: what still fits is written.
        await localDisk.write(handle, bytes.subarray(0, room), position);
        room -= bytes.length;
        if (room < 0) throw full();
      },
    };
    await fails('disk_full', /the disk is full: .*model\.gguf; what has arrived is kept/, { ...known, disk });
    assert.equal(statSync(`${target}.part`).size, half);
    // Room for what is missing is enough.
    server.requests.length = 0;
    await arrives({ ...known, disk: { ...localDisk, freeBytes: async () => half } });
    assert.deepEqual(ranges(), [`bytes=${half}-`]);
  });

  it('is told apart from other trouble', async () => {
    const disk: Disk = {
      ...localDisk,
      write: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })),
    };
    await assert.rejects(fetchFile({ ...known, disk }), /^Error: EIO/);
    newTarget();
    mkdirSync(`${target}.part`, { recursive: true });
    await assert.rejects(fetchFile(), /EISDIR/);
  });
});

describe('an aborted download', () => {
  it('keeps its part and throws the reason', async () => {
    const stop = new AbortController();
    answers({ stallAfter: half });
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes === half) stop.abort(new Error('told to'));
    };
    const options = { ...known, onProgress, signal: stop.signal };
    await assert.rejects(fetchFile(options), /^Error: told to$/);
    assert.equal(statSync(`${target}.part`).size, half);
    server.requests.length = 0;
    server.intercept = undefined;
    await arrives();
    assert.deepEqual(ranges(), [`bytes=${half}-`]);
  });

  it('does nothing where it was told before', async () => {
    const signal = AbortSignal.abort(new Error('told to'));
    await assert.rejects(fetchFile({ ...known, signal }), /^Error: told to$/);
    assert.deepEqual([left(), server.requests], [[], []]);
  });
});

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  answers,
  arrives,
  fails,
  fetchFile,
  file,
  half,
  hub,
  interrupt,
  known,
  left,
  newTarget,
  ranges,
  server,
  target,
} from './download-rig.ts';

describe('a connection that is cut', () => {
  it('is taken up again, and only the rest is sent', async () => {
    answers({ cutAfter: half }, { cutAfter: 1000 }, {});
    await arrives();
    assert.deepEqual(ranges(), [undefined, `bytes=${half}-`, `bytes=${half + 1000}-`]);
    assert.equal(new Set(server.requests.slice(1).map(({ headers }) => headers['if-range'])).size, 1);
    assert.ok(server.requests[1]?.headers['if-range'] === `"${known.sha256.slice(0, 16)}"`);
  });

  it('is taken up again by a later call', async () => {
    await interrupt();
    assert.deepEqual(left(), ['model.gguf.part', 'model.gguf.part.json']);
    assert.ok(readFileSync(`${target}.part`).equals(file.subarray(0, half)));
    const seen: { bytes: number; received: number }[] = [];
    await arrives({ ...known, onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(ranges(), [`bytes=${half}-`]);
    assert.deepEqual([seen[0], seen.at(-1)?.received], [{ bytes: half, received: 0 }, half]);
  });

  it('may stall instead', async () => {
    answers({ stallAfter: half }, {});
    await arrives({ ...known, patience: { stallMs: 100 } });
    assert.deepEqual(ranges(), [undefined, `bytes=${half}-`]);
  });

  it('is given up where it never gets further, and the part kept', async () => {
    answers({ cutAfter: half }, { cutAfter: 0 });
    await fails('unreachable', /cannot be reached \(UND_ERR_SOCKET\).*import --llava/);
    assert.equal(server.requests.length, 1 + hub.patience.retries);
    assert.equal(statSync(`${target}.part`).size, half);
  });

  it('is not given up while it gets further', async () => {
    answers({ cutAfter: 20_000 });
    await arrives();
    assert.equal(server.requests.length, file.length / 20_000);
  });

  it('waits longer and longer, and stops waiting when told to', async () => {
    answers({ cutAfter: 0 });
    const waits: number[] = [];
    const stop = new AbortController();
    const pause = async (attempt: number, signal: AbortSignal | undefined): Promise<void> => {
      waits.push(attempt);
      if (attempt === 3) stop.abort(new Error('told to'));
      signal?.throwIfAborted();
    };
    const options = { ...known, signal: stop.signal, patience: { pause } };
    await assert.rejects(fetchFile(options), /^Error: told to$/);
    assert.deepEqual(waits, [1, 2, 3]);
  });

  it('starts anew with a server that knows no ranges, as often as it may', async () => {
    await interrupt();
    answers({ ignoreRange: true });
    await arrives();
    assert.deepEqual(ranges(), [`bytes=${half}-`]);
    newTarget();
    server.requests.length = 0;
    answers({ ignoreRange: true, cutAfter: half });
    await fails('unreachable', /cannot be reached/);
    assert.equal(server.requests.length, 1 + hub.patience.retries);
  });

  it('starts anew when the file has changed', async () => {
    await interrupt({ etag: '"older"' });
    await arrives();
    assert.deepEqual(ranges(), [`bytes=${half}-`]);
  });

  it('starts anew when a server sends the rest of another file', async () => {
    await interrupt();
    const older = readFileSync(`${target}.part.json`, 'utf8').replace(/"etag":".*"/, '"etag":"\\"older\\""');
    writeFileSync(`${target}.part.json`, older);
    answers({ ignoreCondition: true });
    await arrives();
    assert.deepEqual(ranges(), [`bytes=${half}-`, undefined]);
  });

  it('gives up on a file that keeps changing', async () => {
    answers(
      ...[0, 1, 2, 3].map((version) => ({ cutAfter: 1000, etag: `"${version}"`, ignoreCondition: true })),
    );
    await fails('changed', /changed on the hub while it was downloaded; run the command again/);
  });

  it('starts anew without a strong ETag, or with a part nobody remembers', async () => {
    await interrupt({ etag: 'W/"weak"' });
    await arrives();
    assert.deepEqual(ranges(), [undefined]);
    for (const memory of ['', '{}', '[1', '{"etag":7}']) {
      newTarget();
      await interrupt();
      writeFileSync(`${target}.part.json`, memory);
      await fetchFile();
      assert.deepEqual(ranges(), [undefined], memory);
    }
  });

  it('may have been cut at the very end, or beyond', async () => {
    await interrupt();
    writeFileSync(`${target}.part`, file);
    await arrives();
    assert.deepEqual(ranges(), []);
    newTarget();
    await interrupt();
    writeFileSync(`${target}.part`, file);
    await fetchFile({ sha256: known.sha256 });
    assert.deepEqual(ranges(), [`bytes=${file.length}-`]);
    for (const options of [known, {}]) {
      newTarget();
      await interrupt();
      writeFileSync(`${target}.part`, Buffer.concat([file, file]));
      await fetchFile(options);
      assert.ok(readFileSync(target).equals(file));
    }
  });
});

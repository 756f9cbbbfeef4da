import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { captionReply, videoResource } from '#contract/rest.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';

/** What is kept of a clip, on a real server with the shipped package. */
describe('a clip that is deleted', { timeout: 300_000 }, () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer('models/demo');
  });
  after(() => server.stop());

  async function upload(): Promise<string> {
    const body = new FormData();
    const bytes = new Uint8Array(await readFile('client/public/sample.mp4'));
    body.append('file', new Blob([bytes]), 'xyzzy-name.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    return videoResource.parse(await reply.json()).id;
  }
  async function caption(videoId: string): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ videoId });
    const reply = await fetch(`${server.url}/v1/captions`, { method: 'POST', headers, body });
    return captionReply.parse(await reply.json()).caption;
  }
  async function countOf(metric: string): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${metric} `));
    return Number(line?.split(' ')[1] ?? 0);
  }
  const encodedFrom = (from: string) => countOf(`stan_llava_clips_total{from="${from}"}`);
  /** Files of DATA_DIR with these words in their names or bytes. */
  async function filesWith(words: string): Promise<string[]> {
    const entries = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      if (entry.name.includes(words) || (await readFile(path)).includes(words)) found.push(path);
    }
    return found;
  }

  it('leaves no tokens, no words and no bytes on the disk, and nothing in memory', async () => {
    const id = await upload();
    const first = await caption(id);
    assert.equal((await fetch(`${server.url}/v1/videos/${id}/frames`)).status, 200);
    assert.equal((await readdir(join(server.dataDir, 'tokens'))).length, 1);
    assert.equal(await caption(id), first);
    assert.deepEqual([await encodedFrom('file'), await encodedFrom('memory')], [1, 1]);

    assert.equal((await fetch(`${server.url}/v1/videos/${id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(await readdir(join(server.dataDir, 'tokens')), []);
    for (const words of [id, 'xyzzy-name']) assert.deepEqual(await filesWith(words), [], words);

    // the same bytes again are decoded and encoded again
    assert.equal(await upload(), id);
    assert.equal(await caption(id), first);
    assert.deepEqual([await encodedFrom('file'), await encodedFrom('memory')], [2, 1]);
  });
});

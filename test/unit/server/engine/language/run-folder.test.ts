import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { openRunFolder } from '#engine/language/run-folder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('the run folder', () => {
  const folder = tempFolder();
  const root = join(folder, 'run');
  const source = {
    body: join(folder, 'a-00001-of-00002.gguf'),
    embeddings: join(folder, 'a-00002-of-00002.gguf'),
  };

  before(async () => {
    await writeFile(source.body, 'body');
    await writeFile(source.embeddings, 'embeddings', { mode: 0o444 });
  });

  test('links the body, copies the embeddings, and goes away', async () => {
    const run = await openRunFolder(root, source);
    assert.equal(await readlink(run.body), source.body);
    await writeFile(run.embeddings, 'written');
    assert.equal(await readFile(source.embeddings, 'utf8'), 'embeddings');
    await run.dispose();
    assert.deepEqual(await readdir(root), []);
  });

  test('two in one process do not disturb each other; what is not ours is left alone', async () => {
    await mkdir(join(root, 'llm-notes'));
    const [first, second] = [await openRunFolder(root, source), await openRunFolder(root, source)];
    await second.dispose();
    assert.equal(await readFile(first.embeddings, 'utf8'), 'embeddings');
    await first.dispose();
    assert.deepEqual(await readdir(root), ['llm-notes']);
  });

  test('removes those of dead processes, also when another has their number now', async () => {
    // above the highest number that Linux gives to a process
    const deadPid = 2 ** 22 + 1;
    const stale = [`llm-${deadPid}-12345-abc`, `llm-${process.pid}-1-abc`];
    for (const name of stale) await mkdir(join(root, name), { recursive: true });
    const run = await openRunFolder(root, source);
    const left = await readdir(root);
    assert.ok(stale.every((name) => !left.includes(name)));
    await run.dispose();
  });

  test('leaves nothing behind when a file is missing', async () => {
    const before = await readdir(root);
    const missing = { ...source, embeddings: join(folder, 'no-such-file') };
    await assert.rejects(openRunFolder(root, missing), { code: 'ENOENT' });
    assert.deepEqual(await readdir(root), before);
  });
});

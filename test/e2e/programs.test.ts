import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { captionReply } from '#contract/rest.ts';
import { readServerSentEvents } from '#bench/scripted/server-sent-events.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The README's programs as they stand there, against the real server and the shipped package. */
describe('the programs of the README', () => {
  const folder = tempFolder();
  const clip = join(root, 'client/public/sample.mp4');
  let server: ServerProcess;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    server = await startServer(smallPackage);
    env = { ...process.env, SERVER: server.url };
    // where somebody who ran "npm install openai" would be
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    for (const [, text = '', name = ''] of readme.matchAll(/```(?:js|sh)\n((?:\/\/|#) (\S+)\n.*?)```/gs)) {
      await writeFile(join(folder, name), text);
    }
  });
  after(() => server.stop());

  test('one of at most 30 lines, with the openai client, talks about a clip', async () => {
    const program = await readFile(join(folder, 'chat.mjs'), 'utf8');
    assert(program.split('\n').filter((line) => line.trim() !== '').length <= 30);
    const { stdout } = await run(process.execPath, ['chat.mjs', clip], { cwd: folder, env });
    const [, happening = '', , colour = ''] = stdout.split('\n');
    assert.match(happening, /up/);
    assert.match(colour, /green/);
  });

  test('one with curl captions it, streams, and fetches what the model saw', async () => {
    const { stdout } = await run('sh', ['caption.sh', clip], { cwd: folder, env });
    const end = stdout.indexOf('event: ');
    const { caption, receipt } = captionReply.parse(JSON.parse(stdout.slice(0, end)));
    assert.match(caption, /green plane/);
    assert.equal(receipt?.package.name, 'demo');
    const events = readServerSentEvents(stdout.slice(end));
    assert.equal(JSON.parse(events.at(-1)?.data ?? '{}').text, caption);
    const { width = 0 } = await sharp(join(folder, 'frame.jpg')).metadata();
    assert(width > 100);
  });
});

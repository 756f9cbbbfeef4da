import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { tempFolder } from '../helpers/temp-folder.ts';

const share = z.object({ right: z.int(), asked: z.int() });

describe('eval on clips of the demo world', () => {
  const folder = tempFolder();
  const clips = join(folder, 'clips');
  const env = { ...process.env, DATA_DIR: join(folder, 'data') };
  const count = 12;

  const command = (file: string, words: string[]): string[] => [
    ...['--import', 'tsx', `server/commands/${file}.ts`],
    ...words,
  ];

  function ran(file: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((done) => {
      execFile(process.execPath, command(file, words), { env }, (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      );
    });
  }

  /** Killed as soon as it tells of the first clip. */
  async function killedMidway(...words: string[]): Promise<void> {
    const child: ChildProcess = spawn(process.execPath, command('eval', words), { env });
    const ended = once(child, 'exit');
    child.stderr?.on('data', (text: Buffer) => {
      if (/ 1\/\d+/.test(text.toString())) child.kill('SIGKILL');
    });
    const [, signal] = await ended;
    assert.equal(signal, 'SIGKILL');
  }

  function report(name: string): unknown {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  }

  before(async () => {
    const shape = ['--size', '64', '--seconds', '1', '--fps', '12'];
    const { code, stderr } = await ran(
      'world',
      'clips',
      '--out',
      clips,
      '--count',
      `${count}`,
      '--moving',
      ...shape,
    );
    assert.equal(code, 0, stderr);
    rmSync(join(clips, '00000.mp4'));
    writeFileSync(join(clips, '00004.mp4'), 'no video');
  });

  it('temporal asks in every order, goes on after a kill, and leaves out what cannot be read', async () => {
    const words = ['temporal', clips, '--limit', '4', '--json', join(folder, 'order.json')];
    await killedMidway(...words);
    const { code, stdout, stderr } = await ran('eval', ...words);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /right about both/);
    const summary = z.object({ reverseDiffers: share, bothRight: share });
    const asked = z
      .object({
        clips: z.int(),
        ...{ missing: z.array(z.string()), unusable: z.array(z.object({ name: z.string() })) },
        summary: z.object({ stan: summary, plain: summary }),
      })
      .parse(report('order.json'));
    assert.deepEqual([asked.clips, asked.missing], [3, ['00000.mp4']]);
    assert.deepEqual(asked.unusable, [{ name: '00004.mp4' }]);
    assert.deepEqual(
      [asked.summary.stan.bothRight.asked, asked.summary.plain.reverseDiffers],
      [3, { right: 0, asked: 3 }],
    );
    const lines = readFileSync(join(env.DATA_DIR, 'eval', 'answers.jsonl'), 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, 3 * 6, 'no answer was asked for twice');
  });

  it('wrong calls and data sets are one line, and exit code 2', async () => {
    const calls = [
      ['temporal'],
      ['temporal', join(folder, 'nothing')],
      ['temporal', clips, '--frames', 'all'],
      ['temporal', clips, '--json', join(folder, 'nothing', 'x.json')],
    ];
    for (const { code, stdout, stderr } of await Promise.all(calls.map((words) => ran('eval', ...words)))) {
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^stan-llava: [^\n]+\n$/);
    }
  });
});

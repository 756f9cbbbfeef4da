import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const share = z.object({ right: z.int(), asked: z.int() });

describe('eval on clips of the demo world', () => {
  const folder = tempFolder();
  const clips = join(folder, 'clips');
  const env = { ...process.env, DATA_DIR: join(folder, 'data') };
  const count = 12;

  const command = (file: 'eval' | 'world', words: string[]): string[] => [
    '--import',
    'tsx',
    'server/cli/stan-llava.ts',
    file,
    ...words,
  ];

  interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }

  function ran(file: 'eval' | 'world', words: string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return new Promise((done) => {
      execFile(
        process.execPath,
        command(file, words),
        { env: { ...env, ...more } },
        (error, stdout, stderr) =>
          done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      );
    });
  }

  /** Killed as soon as it tells of the first clip. */
  async function killedMidway(words: string[]): Promise<void> {
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
    const words = ['clips', '--out', clips, '--count', `${count}`, '--moving', ...shape];
    const { code, stderr } = await ran('world', words);
    assert.equal(code, 0, stderr);
    rmSync(join(clips, '00000.mp4'));
    writeFileSync(join(clips, '00004.mp4'), 'no video');
  });

  it('temporal asks in every order, goes on after a kill, and leaves out what cannot be read', async () => {
    const words = ['temporal', clips, '--limit', '4', '--json', join(folder, 'order.json')];
    await killedMidway(words);
    const { code, stdout, stderr } = await ran('eval', words);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /right about both/);
    const summary = z.object({ reverseDiffers: share, bothRight: share });
    const asked = z
      .object({
        clips: z.int(),
        missing: z.array(z.string()),
        unusable: z.array(z.object({ name: z.string() })),
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

  const ranks = z.object({ recall: z.record(z.string(), share), medianRank: z.number() });
  const retrieval = z.object({
    clips: z.int(),
    texts: z.int(),
    missing: z.array(z.string()),
    unusable: z.array(z.unknown()),
    rows: z.array(
      z.object({ mode: z.string(), post: z.string(), textToVideo: ranks, videoToText: ranks.nullable() }),
    ),
  });

  it('retrieval has all rows in one run, goes on after a kill, and decodes no clip twice', async () => {
    const words = ['retrieval', clips, '--json', join(folder, 'retrieval.json')];
    await killedMidway(words);
    const state = join(env.DATA_DIR, 'eval');
    const encoded = () => readdirSync(state).filter((name) => name.endsWith('.bin')).length;
    assert.ok(encoded() >= 2, 'a clip in both modes');
    const { code, stdout, stderr } = await ran('eval', [...words, '--post', 'dsl,qb-norm', '--bank', clips]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Mug-STAN/);
    assert.equal(encoded(), 2 * (count - 2));
    const found = retrieval.parse(report('retrieval.json'));
    assert.deepEqual([found.clips, found.texts, found.missing.length], [count - 2, count - 2, 1]);
    assert.equal(found.unusable.length, 1);
    const modes = ['mug-stan', 'stan', 'mug', 'clip'];
    assert.deepEqual(
      found.rows.map(({ mode, post }) => `${mode} ${post}`),
      modes.flatMap((mode) => ['none', 'dsl', 'qb-norm'].map((post) => `${mode} ${post}`)),
    );
    for (const { post, textToVideo, videoToText } of found.rows) {
      assert.equal(textToVideo.recall['10']?.asked, count - 2);
      assert.equal(videoToText === null, post === 'qb-norm');
    }
    assert.ok((found.rows[0]?.textToVideo.recall['1']?.right ?? 0) >= 8, 'the demo model knows its world');

    // all of it is known: what must not be decoded again cannot be
    const [header, ...rows] = readFileSync(join(clips, 'captions.csv'), 'utf8').trim().split('\n');
    const few = join(folder, 'few.csv');
    writeFileSync(few, [header, ...rows.slice(5)].join('\n'));
    const again = ['retrieval', few, '--videos', clips, '--modes', 'clip,stan'];
    const known = await ran('eval', again, { FFMPEG_BIN: join(folder, 'none') });
    assert.equal(known.code, 0, known.stderr);
    assert.match(known.stdout, /^7 clips, 7 texts, 6 frames\n.*\nSTAN, .*\nCLIP, .*\n$/);
  });

  it('recognition takes the labels as texts, in templates if there are any', async () => {
    const words = ['recognition', clips, '--json', join(folder, 'labels.json'), '--modes', 'stan'];
    const { code, stderr } = await ran('eval', [...words, '--template', 'a video of a ball {}']);
    assert.equal(code, 0, stderr);
    const { rows } = z
      .object({ rows: z.array(z.object({ mode: z.literal('stan'), top1: share, top5: share })) })
      .parse(report('labels.json'));
    assert.equal(rows[0]?.top1.asked, count - 2);
    assert.ok((rows[0]?.top1.right ?? 0) >= 7, 'the demo model tells directions apart');
  });

  it('wrong calls and data sets are one line, and exit code 2', async () => {
    const calls = [
      ['retrieval'],
      ['retrieval', clips, '--post', 'qb-norm'],
      ['recognition', clips, '--template', 'a ball'],
      ['retrieval', clips, '--frames', '7'],
      ['temporal', join(folder, 'nothing')],
      ['temporal', clips, '--json', join(folder, 'nothing', 'x.json')],
    ];
    for (const { code, stdout, stderr } of await Promise.all(calls.map((words) => ran('eval', words)))) {
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^stan-llava: [^\n]+\n$/);
    }
  });
});

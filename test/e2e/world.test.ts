import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { z } from 'zod';
import { captionedClips } from '#models/evaluate/datasets/captioned-clips.ts';
import { labelledClips } from '#models/evaluate/datasets/labelled-clips.ts';
import { orderTruths } from '#models/evaluate/temporal-labels.ts';
import { probe } from '#engine/media/probe.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { writeWorldClip } from './world-clip.ts';

const largeTruth = z.object({
  caption: z.string(),
  questions: z.array(z.object({ type: z.string(), question: z.string(), answer: z.string() })),
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function world(...words: string[]): Promise<Ended> {
  return new Promise((done) => {
    const command = ['--import', 'tsx', 'server/cli/stan-llava.ts', 'world', ...words];
    execFile(process.execPath, command, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('the world command', () => {
  const folder = tempFolder();

  it('writes a clip of the size and length asked for, and prints what is true of it', async () => {
    const path = join(folder, 'clip.mp4');
    const truth = await writeWorldClip(3, path);
    assert.match(truth.caption, /^an? \w+ \w+ (moving (left|right|up|down)|standing still)$/);
    assert.equal(truth.questions.length, 3);
    const clip = await probe(path);
    assert.deepEqual([clip.width, clip.height, clip.duration], [240, 240, 2]);
  });

  it('writes a clip of the large world with questions in both directions, from a seed of 32 bits', async () => {
    const path = join(folder, 'large.mp4');
    const call = ['clip', '--world', 'large', '--seed', `${2 ** 31}`, '--out', path, '--seconds', '0.5'];
    const { code, stdout, stderr } = await world(...call);
    assert.equal(code, 0, stderr);
    const { caption, questions } = largeTruth.parse(JSON.parse(stdout));
    assert.match(caption, /^\w+ \w+/);
    const first = new Set(
      questions.flatMap(({ type, answer }) => (type === 'yes-no' ? /^\w+/.exec(answer)?.[0] : [])),
    );
    assert.deepEqual([...first].sort(), ['No', 'Yes'], 'asked for what is true and for what is false');
    assert.equal((await probe(path)).duration, 0.5);
  });

  it('draws the same picture and truth from the same seed', async () => {
    const [one, other] = [join(folder, 'one.png'), join(folder, 'other.png')];
    const first = await world('picture', '--seed', '7', '--size', '64', '--out', one);
    const second = await world('picture', '--seed', '7', '--size', '64', '--out', other);
    assert.deepEqual([first.code, first.stdout], [0, second.stdout]);
    assert.deepEqual(readFileSync(one), readFileSync(other));
    const { width, height } = await sharp(one).metadata();
    assert.deepEqual([width, height], [64, 64]);
  });

  it('fills a folder with clips, their captions, labels and what is right in each order', async () => {
    const out = join(folder, 'clips');
    const call = ['clips', '--out', out, '--count', '3', '--moving', '--size', '32', '--seconds', '0.5'];
    const { code, stderr } = await world(...call);
    assert.equal(code, 0, stderr);
    const { clips, texts, missing } = await captionedClips(out);
    assert.deepEqual([clips.length, new Set(texts).size, missing], [3, 3, []]);
    assert.match(texts[0] ?? '', /^an? \w+ \w+ moving (left|right|up|down)$/);
    assert.ok((await labelledClips(out)).labels.every((label) => label.startsWith('moving ')));
    const order = orderTruths.parse(JSON.parse(readFileSync(join(out, 'order.json'), 'utf8')));
    order.clips.forEach(({ forward, reverse }, clip) => {
      assert.ok(texts[clip]?.endsWith(`moving ${forward[0]}`));
      assert.notEqual(forward[0], reverse[0]);
    });
    assert.equal((await world(...call)).code, 2, 'nothing is mixed into a folder that is not empty');
  });

  it('lays all objects and colours out on a sheet', async () => {
    const path = join(folder, 'sheet.png');
    assert.equal((await world('sheet', '--size', '16', '--out', path)).code, 0);
    const { width, height } = await sharp(path).metadata();
    assert.deepEqual([width, height], [8 * 16, (12 + 2 + 5) * 16]);
  });

  it('refuses a wrong call in one line, with exit code 2, and writes nothing', async () => {
    const before = readdirSync(folder);
    const out = join(folder, 'x.mp4');
    const calls = [
      ['dog', '--out', out],
      ['clip'],
      ['clip', '--out', join(folder, 'x.avi')],
      ['clip', '--out', join(folder, 'missing', 'x.mp4')],
      ['clip', '--out', out, '--size', '31'],
      ['clip', '--out', out, '--seed', 'one'],
    ];
    for (const { code, stdout, stderr } of await Promise.all(calls.map((words) => world(...words)))) {
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^stan-llava: [^\n]+\n$/);
    }
    assert.deepEqual(readdirSync(folder), before);
  });
});

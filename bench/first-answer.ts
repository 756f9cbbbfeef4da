import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeWorldClip } from '#cli/world-clip.ts';
import { drawVariety, splitRandom } from '#models/world/dataset.ts';
import { motions } from '#models/world/scene.ts';
import { newCommand } from '#core/command-line.ts';
import { AppError } from '#errors';
import { median } from './timing.ts';

/**
 * `bench first-answer CHECKOUT...`: time of the first answer about a fresh two-second clip, from the end
 * of its upload to the answer's end, on the servers of several checkouts. All servers run at the same time and get the
 * same clips in turn, so that a busy machine slows them alike.
 */

const clips = 12;
/** Clips that do not count: the first ones find cold caches. */
const warmUp = 2;

interface Times {
  readonly upload: number;
  /** From the end of the upload. */
  readonly firstToken: number;
  readonly answer: number;
}

export function firstAnswerCommand(signal: AbortSignal) {
  return newCommand(
    'first-answer',
    'Times the first answer about a fresh clip, on the servers of several checkouts.',
  )
    .argument('<checkouts...>', 'folders of the checkouts')
    .action((checkouts) => measureFirstAnswer(checkouts, signal));
}

async function measureFirstAnswer(checkouts: readonly string[], signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-first-answer-'));
  const servers: ChildProcess[] = [];
  try {
    const urls: string[] = [];
    for (const [i, checkout] of checkouts.entries()) {
      const server = spawnServer(resolve(checkout), join(folder, `data-${i}`));
      servers.push(server);
      urls.push(await addressOf(server));
    }
    const times: Times[][] = checkouts.map(() => []);
    const scenes = drawVariety(splitRandom('test', 7), clips, motions);
    for (const [n, scene] of scenes.entries()) {
      const path = join(folder, `${n}.mp4`);
      await writeWorldClip(scene, path, signal);
      const order = n % 2 === 0 ? [...urls.keys()] : [...urls.keys()].reverse();
      for (const i of order) {
        const measured = await askOnce(urls[i] ?? '', await readFile(path));
        if (n >= warmUp) times[i]?.push(measured);
      }
    }
    const report = checkouts.map((checkout, i) => ({ checkout, ...medians(times[i] ?? []) }));
    process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  } finally {
    for (const server of servers) server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  }
}

function spawnServer(checkout: string, dataDir: string): ChildProcess {
  const program = 'server/cli/stan-llava.ts';
  // the server of earlier checkouts had a file of its own
  const serve = existsSync(join(checkout, program)) ? [program, 'serve'] : ['server/main.ts'];
  return spawn(process.execPath, ['--import', 'tsx', ...serve], {
    cwd: checkout,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function addressOf(server: ChildProcess): Promise<string> {
  let output = '';
  for await (const chunk of server.stdout ?? []) {
    output += chunk;
    const url = /is ready: (http:\S+)\n/.exec(output)?.[1];
    if (url !== undefined) return url;
  }
  throw new AppError('internal', `A server ended before it was ready: ${output}`);
}

async function askOnce(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<Times> {
  const start = performance.now();
  const form = new FormData();
  form.append('file', new Blob([bytes]), 'clip.mp4');
  const uploaded = await fetch(`${url}/v1/videos`, { method: 'POST', body: form });
  const { id: videoId } = JSON.parse(await uploaded.text());
  const upload = performance.now() - start;
  const body = JSON.stringify({ videoId, stream: true });
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${url}/v1/captions`, { method: 'POST', body, headers });
  const decoder = new TextDecoder();
  let [text, firstToken] = ['', Number.NaN];
  for await (const chunk of reply.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (Number.isNaN(firstToken) && text.includes('event: token'))
      firstToken = performance.now() - start - upload;
  }
  if (!text.includes('event: done'))
    throw new AppError('internal', `The answer has no end: ${text.slice(-500)}`);
  return { upload, firstToken, answer: performance.now() - start - upload };
}

function medians(times: readonly Times[]): Record<keyof Times, number> {
  const of = (key: keyof Times): number => Math.round(median(times.map((time) => time[key])));
  return { upload: of('upload'), firstToken: of('firstToken'), answer: of('answer') };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runCommand } from '#cli/run-command.ts';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import { measureCancellation } from './cancellation.ts';
import { architectureOf, measureEncoder } from './encoder-rate.ts';
import { measurePage } from './page.ts';
import { measurePath } from './path-stages.ts';
import { type Report, showReport } from './report.ts';
import { measureSampling } from './sampling-memory.ts';
import { measureSearch } from './search/main.ts';

const usage = `npm run -s bench -- [memory|path|encode|cancel|page|search] [--package DIR] [--size demo|b16] [--frames T]
                     [--clips N] [--json]

memory  what sampling a clip of ten seconds and one of two hours holds
path    time of each stage from a clip to its answer
encode  the encoder's speed beside that of onnxruntime's own matrix product; --size and --frames are its own
cancel  time until nothing is left of work that is stopped
page    the built page in a browser: 10,000 tokens streamed, 500 messages scrolled
search  100,000 clips searched by words, beside Mug on every frame of all of them; --clips is its own
All of them but search unless one is named. How many people at once: node --import tsx bench/load/main.ts
`;

const call = z.strictObject({
  what: z
    .enum(['memory', 'path', 'encode', 'cancel', 'page', 'search'], {
      error: 'say memory, path, encode, cancel, page or search',
    })
    .optional(),
  package: z.string().default('models/demo'),
  size: z.enum(['demo', 'b16']).default('demo'),
  frames: z.coerce.number().int().min(1).optional(),
  clips: z.coerce.number().int().min(1).max(1_000_000).default(100_000),
  json: z.boolean(),
});

await runCommand(async function bench(signal) {
  const { what, size, json, clips, package: folder, frames = architectureOf(size).frames } = readCall();
  const { maxFrames } = architectureOf(size).stan;
  if (frames > maxFrames)
    throw new AppError('invalid_request', `--frames: ${size} sees ${maxFrames} at most`);

  const work = await mkdtemp(join(tmpdir(), 'stan-llava-bench-'));
  const wanted = (part: string) => what === undefined || what === part;
  const say = (text: string) => process.stderr.write(`${text} ...\n`);
  const report: Report = {};
  try {
    if (wanted('memory')) {
      say('memory of sampling');
      report.memory = await measureSampling(work, signal);
    }
    if (wanted('path')) {
      say('stages of the path');
      report.path = await measurePath(folder, work, signal);
    }
    if (wanted('cancel')) {
      say('cancellation');
      report.cancel = await measureCancellation(folder, work, signal);
    }
    if (wanted('page')) {
      say('smoothness of the page');
      report.page = await measurePage();
    }
    if (what === 'search') {
      say(`search among ${clips} clips`);
      report.search = await measureSearch(folder, work, clips);
    }
    if (wanted('encode')) {
      say(`speed of the ${size} encoder`);
      report.encode = await measureEncoder(size, frames, folder);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  report.peakMegabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : showReport(report));
});

function readCall(): z.infer<typeof call> {
  try {
    const option = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        package: option,
        size: option,
        frames: option,
        clips: option,
        json: { type: 'boolean', default: false },
      },
    });
    const [what, ...rest] = positionals;
    if (rest.length > 0) throw new Error(`"${rest[0]}" is one word too many`);
    return parseRequest(call, { ...values, what });
  } catch (cause) {
    const [problem] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new AppError('invalid_request', `${problem}. Usage: ${usage}`, { cause });
  }
}

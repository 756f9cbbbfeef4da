import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#errors';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { measureCancellation } from './cancellation.ts';
import { architectureOf, type EncoderSize, measureEncoder } from './encoder-rate.ts';
import { firstAnswerCommand } from './first-answer.ts';
import { loadCommand } from './load/main.ts';
import { measurePage } from './page.ts';
import { measurePath } from './path-stages.ts';
import { comparePrecisionsCommand } from './real-size/compare-precisions.ts';
import { rehearsalCommand } from './real-size/rehearsal.ts';
import { type Report, showReport } from './report.ts';
import { measureSampling } from './sampling-memory.ts';
import { measureSearch } from './search/main.ts';
import { soakCommand } from './soak/main.ts';

const parts = ['memory', 'path', 'encode', 'cancel', 'page', 'search'] as const;
const part = parsedBy(z.enum(parts, `It must be one of ${parts.join(', ')}.`));
const wholeNumber = (max: number) => parsedBy(z.coerce.number().int().min(1).max(max));

const notes = `
memory  what sampling a clip of ten seconds and one of two hours holds
path    time of each stage from a clip to its answer
encode  the encoder's speed beside that of onnxruntime's own matrix product; --size and --frames are its own
cancel  time until nothing is left of work that is stopped
page    the built page in a browser: 10,000 tokens streamed, 500 messages scrolled
search  100,000 clips searched by words, beside Mug on every frame of all of them; --clips is its own
All of them but search unless one is named.`;

interface BenchOptions {
  readonly package: string;
  readonly size: EncoderSize;
  readonly frames?: number | undefined;
  readonly clips: number;
  readonly json: boolean;
}

/** `bench [PART]`, `bench load`, `bench soak`, `bench rehearsal`, `bench compare-precisions`. */
export function benchCommand(signal: AbortSignal) {
  return newCommand('bench', 'Measures speed, memory and load.')
    .argument('[part]', 'what to measure', part)
    .option('--package <dir>', 'model package', 'models/demo')
    .option(
      '--size <size>',
      'demo or b16',
      parsedBy(z.enum(['demo', 'b16'], 'It must be demo or b16.')),
      'demo',
    )
    .option('--frames <T>', 'frames of a clip', wholeNumber(1_000_000))
    .option('--clips <n>', 'clips to search', wholeNumber(1_000_000), 100_000)
    .option('--json', 'prints the figures as JSON', false)
    .addHelpText('after', notes)
    .enablePositionalOptions()
    .action((what, options) => bench(what, options, signal))
    .addCommand(firstAnswerCommand(signal))
    .addCommand(loadCommand())
    .addCommand(soakCommand())
    .addCommand(rehearsalCommand(signal))
    .addCommand(comparePrecisionsCommand());
}

async function bench(
  what: (typeof parts)[number] | undefined,
  { size, json, clips, package: folder, frames = architectureOf(size).frames }: BenchOptions,
  signal: AbortSignal,
): Promise<void> {
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
}

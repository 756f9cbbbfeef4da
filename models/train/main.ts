import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '#models/run-command.ts';
import { demoRun, trainChat, trainClip, trainMotion, trainSparseClip, trainStan } from './demo-run.ts';
import { printFigures } from './measure/print-figures.ts';
import { OutOfTime } from './run-stage.ts';

const usage = `Usage: npm run -s train -- clip|chat|stan|all|measure --out DIR [--seed N] [--minutes M] [--within M] [--threads N]

Trains the demo package's nets in its drawn world. clip comes first; chat and stan build on it.
Interrupted at any moment, the same command goes on from the last checkpoint in DIR.
clip-sparse and stan-motion name the first half of a stage. --within ends each stage after M minutes rather than its steps.
measure prints what the stages in DIR are right about on unseen draws.`;

const stages = {
  'clip-sparse': [trainSparseClip],
  clip: [trainClip],
  chat: [trainChat],
  'stan-motion': [trainMotion],
  stan: [trainMotion, trainStan],
  measure: [printFigures],
  all: [trainClip, trainChat, trainMotion, trainStan],
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: 'Infinity' },
      within: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [name = '', ...others] = positionals;
  const chosen = new Map(Object.entries(stages)).get(name);
  const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
  const within = values.within === undefined ? undefined : Number(values.within);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  if (
    values.help ||
    chosen === undefined ||
    others.length > 0 ||
    values.out === undefined ||
    !Number.isInteger(seed) ||
    !(minutes > 0) ||
    !(within === undefined || within > 0) ||
    !(threads === undefined || (Number.isInteger(threads) && threads > 0))
  ) {
    process.stderr.write(`${usage}\n`);
    return values.help ? 0 : 2;
  }
  await mkdir(values.out, { recursive: true });
  const run = await demoRun(seed);
  const settings = { dir: values.out, threads, until: Date.now() + minutes * 60_000, scope };
  try {
    for (const train of chosen) await train(run, settings);
    return 0;
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 3;
  }
}

await runCommand(usage, main);

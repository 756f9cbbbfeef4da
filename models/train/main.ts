import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { demoRun, trainChat, trainClip, trainMotion, trainSparseClip, trainStan } from './demo-run.ts';
import { printFigures } from './measure/print-figures.ts';
import { OutOfTime } from './run-stage.ts';

const stages = {
  'clip-sparse': [trainSparseClip],
  clip: [trainClip],
  chat: [trainChat],
  'stan-motion': [trainMotion],
  stan: [trainMotion, trainStan],
  measure: [printFigures],
  all: [trainClip, trainChat, trainMotion, trainStan],
};
const stageName = z.enum(
  ['clip-sparse', 'clip', 'chat', 'stan-motion', 'stan', 'measure', 'all'],
  'It must be clip, chat, stan, all, clip-sparse, stan-motion or measure.',
);

/** `train STAGE --out DIR`: goes on from the last checkpoint of an interrupted run. Exit code 3: the time is over. */
export function trainCommand() {
  return newCommand('train', "Trains the demo package's nets on its synthetic data set.")
    .argument(
      '<stage>',
      "clip, chat, stan or all; clip comes first, chat and stan build on it; clip-sparse and stan-motion are a stage's first half; measure prints what the trained nets are right about",
      parsedBy(stageName),
    )
    .requiredOption('--out <dir>', 'folder of the run; the same command goes on from its last checkpoint')
    .option('--seed <n>', 'of weights and data', parsedBy(z.coerce.number().int()), 1)
    .option(
      '--minutes <m>',
      'time to spend',
      parsedBy(z.coerce.number().positive()),
      Number.POSITIVE_INFINITY,
    )
    .option(
      '--within <m>',
      'minutes after which each stage ends, rather than after its steps',
      parsedBy(z.coerce.number().positive()),
    )
    .option('--threads <n>', 'of onnxruntime', parsedBy(z.coerce.number().int().positive()))
    .action(async (stage, { out, seed, minutes, within, threads }) => {
      await mkdir(out, { recursive: true });
      const run = await demoRun(seed);
      const settings = { dir: out, threads, until: Date.now() + minutes * 60_000, within };
      try {
        for (const train of stages[stage]) await train(run, settings);
      } catch (error) {
        if (!(error instanceof OutOfTime)) throw error;
        process.stderr.write(`${error.message}\n`);
        process.exitCode = 3;
      }
    });
}

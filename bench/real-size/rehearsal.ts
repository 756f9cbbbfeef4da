import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startServer } from '#cli/spawn-server.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { textTable } from '#models/text-table.ts';
import { testClip } from '../clips.ts';
import { type Asked, askServer } from './ask-server.ts';
import { peakMemory } from './peak-memory.ts';
import { runProgram, type Step } from './run-program.ts';
import { type ScaleName, scaleNames, scales } from './scales.ts';
import { writeSources } from './write-sources.ts';

/** Seven gigabytes are hashed and mapped before a server is ready, on a busy disk perhaps. */
const startMs = 1_800_000;

const scale = parsedBy(z.enum(scaleNames, `It must be one of ${scaleNames.join(', ')}.`));
const precision = parsedBy(z.enum(['f32', 'int8'], 'It must be f32 or int8.'));
const frameCounts = parsedBy(
  z
    .string()
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.int('It must be whole numbers with commas.').min(1).max(64))),
);

interface RehearsalOptions {
  readonly size: ScaleName;
  readonly precision: 'f32' | 'int8';
  readonly frames: readonly number[];
  readonly maxTokens: number;
  readonly json: boolean;
}

interface Rehearsal extends Asked {
  readonly steps: readonly Step[];
}

/** `bench rehearsal DIR`: random weights of the size and in the form that people have, from import to an answer. */
export function rehearsalCommand(signal: AbortSignal) {
  return newCommand(
    'rehearsal',
    'Writes random weights in the form of public ones, imports, checks and serves them, and asks about a clip.',
  )
    .argument('<dir>', 'folder for the weights and the package; both stay')
    .option(
      '--size <size>',
      'pixels of the chatbot of seven billion: 224 or 336; or small, in a moment',
      scale,
      '224',
    )
    .option('--precision <p>', 'f32 or int8', precision, 'f32')
    .option('--frames <list>', 'numbers of frames to ask with, e.g. 8,64', frameCounts, [8])
    .option('--max-tokens <n>', 'longest answer', parsedBy(z.coerce.number().pipe(z.int().min(1))), 32)
    .option('--json', 'prints the figures as JSON', false)
    .addHelpText('after', '\nSettings of the server, such as KV_TYPE, are taken from the environment.')
    .action(async (dir, options) => {
      const done = await rehearse(dir, options, signal);
      process.stdout.write(options.json ? `${JSON.stringify(done)}\n` : show(done));
    });
}

async function rehearse(
  dir: string,
  { size, precision, frames, maxTokens }: RehearsalOptions,
  signal: AbortSignal,
): Promise<Rehearsal> {
  await mkdir(dir, { recursive: true });
  const out = join(dir, `package-${size}-${precision}`);
  const { llava, mmproj, clip, stan } = await writeSources(join(dir, `sources-${size}`), scales[size]);
  const sources = ['--llava', llava, '--mmproj', mmproj, '--clip', clip, '--stan', stan];
  const imported = await runProgram(
    'import',
    ['models', 'import', ...sources, '--out', out, '--precision', precision],
    signal,
  );
  const checked = await runProgram('check', ['models', 'check', out], signal);
  const film = await testClip(dir, { size: '640x360', seconds: 10 }, signal);
  const start = performance.now();
  const server = await startServer(out, {}, { startMs });
  try {
    // until it is ready; its memory is that of all that it is asked
    const ready = (performance.now() - start) / 1000;
    const question = { clip: film, prompt: 'What happens in the video?', frames, maxTokens };
    const asked = await askServer(server.url, question, signal);
    const served = { step: 'serve', seconds: ready, peakMemory: await peakMemory(server.pid) };
    return { steps: [imported, checked, served], ...asked };
  } finally {
    await server.stop();
  }
}

function show({ steps, score, answers }: Rehearsal): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const done = textTable([
    ['step', 'seconds', 'peak memory, MiB'],
    ...steps.map(({ step, seconds, peakMemory }) => [
      step,
      seconds.toFixed(1),
      peakMemory?.toFixed(0) ?? '-',
    ]),
  ]);
  const stages = ['encode', 'prompt', 'firstToken', 'total'] as const;
  const asked = textTable([
    ['frames', 'video tokens', 'prompt tokens', 'answer tokens', ...stages.map((stage) => `${stage}, s`)],
    ...answers.map(({ frames, videoTokens, promptTokens, answerTokens, timings }) => [
      `${frames}`,
      ...[videoTokens, promptTokens, answerTokens].map(String),
      ...stages.map((stage) => seconds(timings[stage])),
    ]),
  ]);
  return `${done}\n${asked}\nsimilarity of clip and question ${score.toFixed(4)}\n`;
}

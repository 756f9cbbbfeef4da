import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runCommand } from './run-command.ts';
import { probeLeak } from './probe-leak.ts';
import { type Accuracy, accuracyOf } from '../../models/evaluate/accuracy.ts';
import { progressBar } from '../../models/progress.ts';
import { drawClip, isHeldOut, splitRandom } from '../../models/world/dataset.ts';
import { judgeAnswer } from '../../models/world/judge.ts';
import { canonicalQuestions } from '../../models/world/questions.ts';
import type { Scene } from '../../models/world/scene.ts';
import type { EncoderMode } from '../engine/types.ts';
import { AppError } from '../errors.ts';
import { ServedModel } from './served-model.ts';
import { writeWorldClip } from './world-clip.ts';

const usage = `Measures a package in the demo world.

  npm run -s eval -- chat  [--clips 300] [--seed 0] [--plain] [--package DIR] [--json]
  npm run -s eval -- probe [--clips 600] [--seed 0] [--package DIR] [--json]

chat asks a server of its own about unseen clips: mp4 in, answer text out, each question in a fresh conversation.
probe fits a linear reader of direction to the encoder's tokens, with and without the branch.
`;

const call = z.object({
  what: z.enum(['chat', 'probe'], { error: 'say chat or probe; --help tells more' }),
  clips: z.coerce.number().int().min(1).max(100_000).optional(),
  seed: z.coerce.number().int().min(0).max(40_000).default(0),
  plain: z.boolean().default(false),
  package: z.string().default('models/demo'),
  json: z.boolean().default(false),
});

/** Clips asked about at once: one is decoded while another is answered. */
const inFlight = 3;

interface Verdict {
  readonly scene: Scene;
  readonly type: 'object' | 'colour' | 'direction' | 'still';
  readonly right: boolean;
}

await runCommand(async function evaluate(signal) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ clips: { type: 'string' }, seed: { type: 'string' }, package: { type: 'string' } },
      ...{ plain: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  });
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  const read = call.safeParse({ what: positionals[0], ...values });
  if (!read.success) throw new AppError('invalid_request', read.error.issues[0]?.message ?? 'wrong call');
  const { what, clips, seed, plain, package: modelPackage, json } = read.data;
  if (what === 'probe') {
    const report = await probeLeak({ clips: clips ?? 600, seed, modelPackage });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${table(report.accuracies)}\n`);
    return;
  }
  const mode = plain ? 'plain' : 'stan';
  const verdicts = await askAboutClips({ clips: clips ?? 300, seed, mode, modelPackage, signal });
  const accuracies = summarise(verdicts);
  const report = { package: modelPackage, mode, clips: clips ?? 300, seed, accuracies };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${table(accuracies)}\n`);
});

interface ChatRun {
  readonly clips: number;
  readonly seed: number;
  readonly mode: EncoderMode;
  readonly modelPackage: string;
  readonly signal: AbortSignal;
}

async function askAboutClips({ clips, seed, mode, modelPackage, signal }: ChatRun): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-clips-'));
  const server = await ServedModel.start(modelPackage);
  const report = progressBar(`asking (${mode})`);
  const verdicts: Verdict[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < clips) {
      signal.throwIfAborted();
      const number = next++;
      const scene = drawClip(splitRandom('test', seed * 100_000 + number));
      const path = join(folder, `${number}.mp4`);
      await writeWorldClip(scene, path, signal);
      const id = await server.upload(`${number}.mp4`, new Uint8Array(await readFile(path)));
      for (const truth of canonicalQuestions(scene)) {
        const said = await server.ask(id, mode, truth.question);
        verdicts.push({ scene, type: kindOfQuestion(truth.type, scene), right: judgeAnswer(truth, said) });
      }
      await rm(path);
      report(Math.floor(verdicts.length / 3), clips);
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, worker));
    return verdicts;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function kindOfQuestion(type: string, { motion }: Scene): Verdict['type'] {
  if (type === 'motion') return motion === 'still' ? 'still' : 'direction';
  return type === 'object' ? 'object' : 'colour';
}

function summarise(verdicts: readonly Verdict[]): Record<string, Accuracy> {
  const of = (wanted: (verdict: Verdict) => boolean): Accuracy =>
    accuracyOf(verdicts.filter(wanted).map(({ right }) => right));
  return {
    colour: of(({ type }) => type === 'colour'),
    object: of(({ type }) => type === 'object'),
    direction: of(({ type }) => type === 'direction'),
    still: of(({ type }) => type === 'still'),
    // pairs of object and colour that no clip in training showed
    directionHeldOut: of(({ type, scene }) => type === 'direction' && isHeldOut(scene)),
  };
}

function table(accuracies: Readonly<Record<string, Accuracy>>): string {
  const rows = Object.entries(accuracies).map(
    ([name, { right, asked, share, standardError }]) =>
      `${name.padEnd(26)} ${(share * 100).toFixed(1).padStart(6)} % +- ${(standardError * 100).toFixed(1)}  (${right} of ${asked})`,
  );
  return rows.join('\n');
}

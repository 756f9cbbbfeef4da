import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Accuracy, accuracyOf } from '#models/evaluate/accuracy.ts';
import { progressBar } from '#models/progress.ts';
import { drawClip, isHeldOut, splitRandom } from '#models/world/dataset.ts';
import { judgeAnswer } from '#models/world/judge.ts';
import { canonicalQuestions } from '#models/world/questions.ts';
import type { Scene } from '#models/world/scene.ts';
import { requestedMode } from '#contract/rest.ts';
import type { RequestedMode } from '#engine/types.ts';
import { writeWorldClip } from '../world-clip.ts';
import { accuracyTable } from './accuracy-table.ts';
import { readCall } from './read-call.ts';
import { SpawnedServer } from './spawned-server.ts';
import { worldCall, worldOptions } from './world-call.ts';

/** Clips asked about at once: one is decoded while another is answered. */
const inFlight = 3;

interface Verdict {
  readonly scene: Scene;
  readonly type: 'object' | 'colour' | 'direction' | 'still';
  readonly right: boolean;
}

/** `chat`: asks a server about unseen clips of the demo world and judges what it says. */
export async function chat(args: readonly string[], signal: AbortSignal): Promise<void> {
  const call = z.strictObject({
    ...worldCall,
    plain: z.boolean().default(false),
    mode: requestedMode.optional(),
  });
  const options = { ...worldOptions, plain: { type: 'boolean' }, mode: { type: 'string' } } as const;
  const { clips = 300, seed, plain, package: modelPackage, json, ...wish } = readCall(args, call, options);
  const mode = wish.mode ?? (plain ? 'plain' : 'stan');
  const verdicts = await askAboutClips({ clips, seed, mode, modelPackage, signal });
  const accuracies = summarise(verdicts);
  const report = { package: modelPackage, mode, clips, seed, accuracies };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : accuracyTable(accuracies));
}

interface ChatRun {
  readonly clips: number;
  readonly seed: number;
  readonly mode: RequestedMode;
  readonly modelPackage: string;
  readonly signal: AbortSignal;
}

async function askAboutClips({ clips, seed, mode, modelPackage, signal }: ChatRun): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-clips-'));
  const server = await SpawnedServer.start(modelPackage);
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

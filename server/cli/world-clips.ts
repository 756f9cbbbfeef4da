import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { progressBar } from '#models/progress.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawVariety, splitRandom } from '#models/world/dataset.ts';
import { type Motion, motions, reverseClip, type Scene } from '#models/world/scene.ts';
import { AppError } from '#errors';
import type { OrderTruths } from '#models/evaluate/temporal-labels.ts';
import { type ClipShape, writeWorldClip } from './world-clip.ts';

export interface ClipFolder extends ClipShape {
  readonly out: string;
  readonly seed: number;
  readonly count: number;
  /** Without those that stand still. */
  readonly moving: boolean;
}

/** ffmpeg encodes with all cores, and our own drawing takes one. */
const atOnce = 2;

/**
 * Writes unseen clips with their captions, labels and what is right to say of them in each order. Throws
 * `invalid_request` for a folder that is not empty, or cannot be made.
 */
export async function writeClipFolder(
  { out, seed, count, moving, ...shape }: ClipFolder,
  signal: AbortSignal,
): Promise<void> {
  await makeEmptyFolder(out);
  const among = motions.filter((motion) => !moving || motion !== 'still');
  const scenes = drawVariety(splitRandom('test', seed), count, among);
  const clips = scenes.map((scene, index) => ({ scene, file: `${`${index}`.padStart(5, '0')}.mp4` }));
  const report = progressBar('drawing clips');
  let [next, done] = [0, 0];
  const worker = async (): Promise<void> => {
    for (let clip = clips[next++]; clip !== undefined; clip = clips[next++]) {
      await writeWorldClip(clip.scene, join(out, clip.file), signal, shape);
      report(++done, count);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const table = (header: string, tell: (scene: Scene) => string): string =>
    [header, ...clips.map(({ file, scene }) => `${file},${tell(scene)}`), ''].join('\n');
  await writeFile(join(out, 'captions.csv'), table('file,caption', captionFor));
  await writeFile(
    join(out, 'labels.csv'),
    table('file,label', ({ motion }) => labelOf[motion]),
  );
  await writeFile(join(out, 'order.json'), `${JSON.stringify(truthsOf(clips), null, 1)}\n`);
}

const labelOf: Record<Motion, string> = {
  left: 'moving left',
  right: 'moving right',
  up: 'moving up',
  down: 'moving down',
  still: 'standing still',
};

function truthsOf(clips: readonly { scene: Scene; file: string }[]): OrderTruths {
  return {
    question: 'Which way does it move?',
    clips: clips.map(({ file, scene }) => ({
      file,
      forward: [scene.motion],
      reverse: [reverseClip(scene).motion],
    })),
  };
}

async function makeEmptyFolder(folder: string): Promise<void> {
  const refuse = (problem: string, cause?: unknown): AppError =>
    new AppError('invalid_request', `--out: ${folder} ${problem}`, { cause });
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw refuse('cannot be made', cause);
  });
  const files = await readdir(folder).catch((cause: unknown) => {
    throw refuse('cannot be read', cause);
  });
  if (files.length > 0) throw refuse('is not empty; name a new folder');
}

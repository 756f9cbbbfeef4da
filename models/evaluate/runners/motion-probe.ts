import { progressBar } from '#models/progress.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import type { VisionManifest } from '#models/package/manifest.ts';
import { drawClip, type Split, splitRandom } from '#models/world/dataset.ts';
import { renderFrames } from '#models/world/render.ts';
import { type Accuracy, accuracyOf } from '../accuracy.ts';
import type { BranchMode } from '../scoring-methods.ts';
import { RidgeKernel } from '../ridge.ts';

const directions = ['left', 'right', 'up', 'down'] as const;
const modes: readonly BranchMode[] = ['plain', 'stan'];
const strengths = [1e-3, 1e-2, 1e-1, 1, 10];
/** Drawn size of a frame in pixels, as a written clip has it. */
const drawnSize = 240;

/** A package's encoder from pixels to video tokens. */
export interface TokenEncoder {
  readonly vision: VisionManifest;
  /** `data` is [T, 3, side, side], normalised; gives the tokens row by row. */
  encode(data: Float32Array, mode: BranchMode): Promise<Float32Array>;
}

export interface MotionProbeReport {
  readonly clips: number;
  readonly seed: number;
  readonly accuracies: Record<string, Accuracy>;
}

type Reader = ReturnType<RidgeKernel['fit']>;

interface Sample {
  readonly direction: number;
  readonly tokens: Readonly<Record<BranchMode, Float32Array>>;
}

/**
 * Can a linear reader find the direction of motion in a clip's tokens? It is fitted on `clips` clips, its strength chosen
 * on half as many and judged on half as many, each kind drawn from a stream of its own.
 */
export async function measureMotionProbe(
  encoder: TokenEncoder,
  { clips, seed, signal }: { readonly clips: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<MotionProbeReport> {
  const { vision } = encoder;
  const report = progressBar('encoding clips');
  let done = 0;
  const draw = async (split: Split, count: number): Promise<Sample[]> => {
    const random = splitRandom(split, seed);
    const samples: Sample[] = [];
    for (let clip = 0; clip < count; clip++) {
      signal.throwIfAborted();
      const direction = clip % directions.length;
      const scene = drawClip(random, { motion: directions[direction] ?? 'left' });
      const times = Array.from({ length: vision.frames }, (_, frame) => (frame + 0.5) / vision.frames);
      const drawn = await renderFrames(scene, times, drawnSize);
      const frames = await Promise.all(
        drawn.map((rgb) => resizeFrame({ width: drawnSize, height: drawnSize, rgb }, vision)),
      );
      const pixels = normalizePixels(frames, vision);
      const tokens = {
        plain: await encoder.encode(pixels, 'plain'),
        stan: await encoder.encode(pixels, 'stan'),
      };
      samples.push({ direction, tokens });
      report(++done, clips * 2);
    }
    return samples;
  };
  const train = await draw('train', clips);
  const validation = await draw('validation', Math.ceil(clips / 2));
  const test = await draw('test', Math.floor(clips / 2));
  const accuracies: Record<string, Accuracy> = {};
  for (const mode of modes) Object.assign(accuracies, probe(mode, { train, validation, test }));
  return { clips, seed, accuracies };
}

function probe(
  mode: BranchMode,
  data: Record<'train' | 'validation' | 'test', Sample[]>,
): Record<string, Accuracy> {
  const features = data.train.map(({ tokens }) => tokens[mode]);
  const targets = data.train.map(({ direction }) =>
    directions.map((_, index) => Number(index === direction)),
  );
  const kernel = new RidgeKernel(features);
  const nearOf = (samples: readonly Sample[]): Float64Array[] =>
    samples.map(({ tokens }) => kernel.near(tokens[mode]));
  const [nearValidation, nearTest] = [nearOf(data.validation), nearOf(data.test)];
  const guess = (reader: Reader, near: Float64Array): number => {
    const scores = reader(near);
    return scores.indexOf(Math.max(...scores));
  };
  const readers = strengths.map((strength) => {
    const reader = kernel.fit(targets, strength);
    const right = nearValidation.filter(
      (near, index) => guess(reader, near) === data.validation[index]?.direction,
    ).length;
    return { reader, right };
  });
  const { reader } = readers.reduce((a, b) => (b.right > a.right ? b : a));
  const verdicts = nearTest.map((near, index) => ({
    guess: guess(reader, near),
    truth: data.test[index]?.direction ?? -1,
  }));
  const axis = (direction: number): number => Math.floor(direction / 2);
  const onAxis = verdicts.filter(({ guess, truth }) => axis(guess) === axis(truth));
  return {
    [`${mode}: direction of four`]: accuracyOf(verdicts.map(({ guess, truth }) => guess === truth)),
    [`${mode}: axis`]: accuracyOf(verdicts.map(({ guess, truth }) => axis(guess) === axis(truth))),
    [`${mode}: sign on axis`]: accuracyOf(onAxis.map(({ guess, truth }) => guess === truth)),
  };
}

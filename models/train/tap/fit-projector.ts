import { input } from '#models/graph/tensor.ts';
import { mul, scale, sub } from '#models/graph/ops/elementwise.ts';
import { compile } from '#models/graph/run.ts';
import { visionTower } from '#models/nets/clip.ts';
import { project } from '#models/nets/projector.ts';
import { frameTokens, type TokenConfig } from '#models/nets/video-tokens.ts';
import { scope, WeightSet } from '#models/nets/weights.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import type { VisionManifest } from '#models/package/manifest.ts';
import { drawPicture, splitRandom } from '#models/world/dataset.ts';
import { randomFrom } from '#models/world/random.ts';
import { renderPictures } from '#models/world/render.ts';
import type { ProgressReport } from '#models/progress.ts';
import { total } from '../losses.ts';
import { Trainer } from '../trainer.ts';
import { adamW } from '../training-step.ts';
import { valuesIn, type WeightMap } from '../training-state.ts';
import type { DemoEncoder } from './demo-encoder.ts';

/** LLaVA's: the layer before the tower's last, as it is. */
export const paperTap = { tap: 'penultimate', tapNorm: 'none' } as const satisfies Partial<TokenConfig>;

export interface FitOptions {
  readonly pictures: number;
  readonly steps: number;
  readonly seed: number;
  readonly onProgress: ProgressReport;
}

export interface FittedProjector {
  /** `projector.*` */
  readonly weights: WeightMap;
  /** Share of the variance of the old projector's tokens that the new one's give, on pictures that it was not fitted to. */
  readonly explained: number;
}

const drawnSize = 240;
const picturesAtOnce = 32;
const batch = 1024;
const peakRate = 2e-3;
/** Of ten pictures, this one is not fitted to. */
const heldOutOf = 10;

interface Tokens {
  /** [N, D] at the paper's tap. */
  readonly seen: Float32Array;
  /** [N, W] as the LLM knows them. */
  readonly known: Float32Array;
}

/**
 * A projector for the paper's tap that makes of plain pictures what the package's own makes of them at its tap, so that
 * the same LLM reads both. No clip and no branch takes part.
 */
export async function fitProjector(
  { arch, weights }: DemoEncoder,
  vision: VisionManifest,
  { pictures, steps, seed, onProgress }: FitOptions,
): Promise<FittedProjector> {
  const { width } = arch.tower;
  const out = arch.projector.width;
  const { seen, known } = await pictureTokens({ arch, weights }, vision, pictures, seed);
  const rows = seen.length / width;
  const fitted = Math.floor((rows * (heldOutOf - 1)) / heldOutOf);
  const trainer = await Trainer.create({
    objective: (parameters) => {
      const made = project(parameters, input('seen', [1, batch, width]), arch.projector);
      const difference = sub(made, input('known', [1, batch, out]));
      return { loss: scale(total(mul(difference, difference)), 1 / batch), metrics: {} };
    },
    groups: [
      { name: 'projector', matches: (name) => name.startsWith('projector.'), rate: 1, weightDecay: 0 },
    ],
    start: new Map(),
    seed,
    adamW,
  });
  try {
    const random = randomFrom(`${seed}/projector`);
    for (let step = 0; step < steps; step++) {
      const chosen = Array.from({ length: batch }, () => random.int(0, fitted));
      await trainer.run(
        {
          seen: { data: gather(seen, chosen, width), shape: [1, batch, width] },
          known: { data: gather(known, chosen, out), shape: [1, batch, out] },
        },
        peakRate * (1 - step / steps),
      );
      onProgress(step + 1, steps);
    }
    const learned = new Map(
      [...trainer.weights()].map(([name, values]) => [name, Float32Array.from(values)]),
    );
    const held = { seen: seen.subarray(fitted * width), known: known.subarray(fitted * out) };
    return { weights: learned, explained: await explainedBy({ arch, weights: learned }, held) };
  } finally {
    await trainer.release();
  }
}

/** Tokens of drawn pictures, each alone. */
async function pictureTokens(
  { arch, weights }: DemoEncoder,
  vision: VisionManifest,
  count: number,
  seed: number,
): Promise<Tokens> {
  const { tower, projector, tokens } = arch;
  const asked = new WeightSet().get;
  const pixels = input('pixels', ['T', 3, tower.imageSize, tower.imageSize]);
  const states = { tower: visionTower(scope(asked, 'vision_model'), pixels, tower) };
  const graph = await compile(
    {
      seen: frameTokens(asked, states, tower, { ...tokens, ...paperTap }),
      known: project(asked, frameTokens(asked, states, tower, tokens), projector),
    },
    valuesIn(weights),
  );
  try {
    const random = splitRandom('train', seed);
    const parts: Tokens[] = [];
    for (let first = 0; first < count; first += picturesAtOnce) {
      const scenes = Array.from({ length: Math.min(picturesAtOnce, count - first) }, () =>
        drawPicture(random),
      );
      const drawn = await renderPictures(scenes, drawnSize);
      const frames = await Promise.all(
        drawn.map((rgb) => resizeFrame({ width: drawnSize, height: drawnSize, rgb }, vision)),
      );
      const data = normalizePixels(frames, vision);
      const shape = [scenes.length, 3, tower.imageSize, tower.imageSize];
      parts.push(await graph.run({ pixels: { data, shape } }));
    }
    return { seen: joined(parts.map(({ seen }) => seen)), known: joined(parts.map(({ known }) => known)) };
  } finally {
    await graph.release();
  }
}

async function explainedBy({ arch, weights }: DemoEncoder, { seen, known }: Tokens): Promise<number> {
  const { width } = arch.tower;
  const out = arch.projector.width;
  const rows = seen.length / width;
  const made = project(new WeightSet().get, input('seen', [1, rows, width]), arch.projector);
  const graph = await compile({ made }, valuesIn(weights));
  try {
    const { made: tokens } = await graph.run({ seen: { data: seen, shape: [1, rows, width] } });
    const means = Float64Array.from({ length: out }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += known[row * out + column] ?? 0;
      return sum / rows;
    });
    let [left, whole] = [0, 0];
    for (const [i, value] of known.entries()) {
      left += (value - (tokens[i] ?? 0)) ** 2;
      whole += (value - (means[i % out] ?? 0)) ** 2;
    }
    return 1 - left / whole;
  } finally {
    await graph.release();
  }
}

function gather(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  return taken;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { loadPackage } from '#models/package/load.ts';
import { normalizePixels } from '#models/package/preprocess.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawVariety, splitRandom } from '#models/world/dataset.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import { renderShots } from '#models/world/render.ts';
import { motions } from '#models/world/scene.ts';
import { type Embeddings, rowOf } from '#engine/retrieval/embeddings.ts';
import { FrameEncoder } from '#engine/retrieval/frame-encoder.ts';

/** Clips drawn and encoded, three of each caption of the world; the library is made of them. */
const drawnClips = 1440;
/** Frames of a clip of the library, as in the paper's retrieval. */
export const framesPerClip = 12;

/** How far a clip of the library is from a drawn one, in lengths of its frames. */
const variety = {
  /** Most of another drawn clip that is mixed in. */
  mixture: 0.7,
  /** Noise of the whole clip, and of each frame. */
  clip: 0.3,
  frame: 0.15,
};

export interface DrawnWorld {
  readonly clips: readonly Embeddings[];
  /** What to search for: every caption that was drawn, once. */
  readonly captions: readonly string[];
}

/** Clips of the demo world in a package's joint space. */
export async function drawWorld(folder: string): Promise<DrawnWorld> {
  const encoder = await FrameEncoder.load(await loadPackage(folder));
  const { imageSize, frames } = encoder.vision;
  const scenes = drawVariety(splitRandom('test', 1), drawnClips, motions);
  try {
    const clips: Embeddings[] = [];
    for (const scene of scenes) {
      const shots = Array.from({ length: frames }, (_, frame) => ({ scene, time: (frame + 0.5) / frames }));
      const data = normalizePixels(await renderShots(shots, imageSize), encoder.vision);
      const shape = [frames, 3, imageSize, imageSize] as const;
      clips.push(await encoder.encode({ data, shape }, { mode: 'stan' }));
    }
    return { clips, captions: [...new Set(scenes.map(captionFor))] };
  } finally {
    await encoder.dispose();
  }
}

/**
 * Clip `place` of a library without end, the same every time: a drawn clip with a part of another and noise. So there are
 * clusters, one for each caption, with everything between them, as in a library of real clips; [12, P], frames of unit length.
 */
export function libraryClip({ clips }: DrawnWorld, index: number): Embeddings {
  const random = randomFrom(`library/${index}`);
  const [one, other] = [random.pick(clips), random.pick(clips)];
  const share = random.uniform(0, variety.mixture);
  const { width } = one;
  const own = noise(random, width, variety.clip);
  const data = new Float32Array(framesPerClip * width);
  for (let frame = 0; frame < framesPerClip; frame++) {
    const from = Math.floor((frame * one.count) / framesPerClip);
    const [a, b] = [unit(rowOf(one, from)), unit(rowOf(other, from))];
    const change = noise(random, width, variety.frame);
    const row = a.map((value, i) => value + share * (b[i] ?? 0) + (own[i] ?? 0) + (change[i] ?? 0));
    data.set(unit(row), frame * width);
  }
  return { data, count: framesPerClip, width };
}

/** A vector about as long as `length`, in any direction. */
function noise(random: Random, width: number, length: number): Float32Array {
  const most = length * Math.sqrt(3 / width);
  return Float32Array.from({ length: width }, () => random.uniform(-most, most));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

import { captionFor } from './captions.ts';
import { drawClip } from './dataset.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';

/** A scene of a film, between two seconds. */
export interface Shot {
  readonly scene: Scene;
  readonly start: number;
  readonly end: number;
}

/** Shares of shots that are stretches in which nothing happens, repeats of an earlier shot, and near misses of one. */
const shares = { still: 0.1, repeat: 0.1, distractor: 0.25 } as const;
/** Seconds of a shot, and of a still stretch. */
const usualSeconds = [3, 16] as const;
const stillSeconds = [20, 60] as const;

/**
 * A film of about so many seconds: unrelated scenes, still stretches, shots that come again, and distractors, which differ
 * from an earlier scene in its colour or in its motion alone.
 */
export function drawFilm(random: Random, seconds: number): Shot[] {
  const shots: Shot[] = [];
  let start = 0;
  while (start < seconds) {
    const { scene, length } = drawShot(random, shots);
    shots.push({ scene, start, end: start + length });
    start += length;
  }
  return shots;
}

function drawShot(random: Random, before: readonly Shot[]): { scene: Scene; length: number } {
  const length = random.int(usualSeconds[0], usualSeconds[1] + 1);
  const dice = random.uniform();
  if (dice < shares.still) {
    return {
      scene: drawClip(random, { motion: 'still' }),
      length: random.int(stillSeconds[0], stillSeconds[1] + 1),
    };
  }
  if (before.length === 0 || dice >= shares.still + shares.repeat + shares.distractor) {
    return { scene: drawClip(random), length };
  }
  const { scene } = random.pick(before);
  if (dice < shares.still + shares.repeat) return { scene, length };
  const { kind, colour, motion } = scene;
  return { scene: drawClip(random, random.chance(0.5) ? { kind, motion } : { kind, colour }), length };
}

/** Stretches of a film that a caption is true of; shots that follow one another are one. */
export function stretchesOf(film: readonly Shot[], caption: string): { start: number; end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { scene, start, end } of film) {
    if (captionFor(scene) !== caption) continue;
    const last = stretches.at(-1);
    if (last?.end === start) stretches[stretches.length - 1] = { start: last.start, end };
    else stretches.push({ start, end });
  }
  return stretches;
}

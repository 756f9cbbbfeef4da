import { type Random, randomFrom } from '../random.ts';
import { drawClip, type Wanted } from './draw-scene.ts';
import type { Clip } from './scene.ts';

/** The stream of one unseen clip: training draws from streams of other names. */
export function testClipRandom(seed: number): Random {
  return randomFrom(`test/${seed}/clip`);
}

/** An unseen clip; things without a word are those that training never shows. */
export function drawTestClip(random: Random, wanted: Wanted = {}): Clip {
  return drawClip(random, { unknownSplit: 'test', ...wanted });
}

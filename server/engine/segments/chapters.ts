import { at } from '#core/at.ts';
import { dot } from '../retrieval/embeddings.ts';
import type { Part } from '../types.ts';

/** A scene with its direction in the joint space, of unit length. */
export interface DirectedScene extends Part {
  readonly direction: Float32Array;
}

/** Neighbouring scenes that belong together. */
export interface SceneGroup extends Part {
  /** The longest of its scenes, which stands for it. */
  readonly longest: Part;
}

interface Group extends SceneGroup {
  /** Sum of the directions, each as long as its scene. */
  readonly sum: Float32Array;
}

/** Chapters for a clip of so many seconds: 3 for a minute, 12 for a quarter of an hour, 23 for an hour. */
export function chapterCount(seconds: number): number {
  return Math.max(1, Math.round(3 * Math.sqrt(seconds / 60)));
}

/**
 * Groups scenes into at most `count` chapters: the two neighbours that are most alike are merged, again and again, so that the
 * borders that remain are the places where the clip changes most. The scenes come in order.
 */
export function groupScenes(scenes: readonly DirectedScene[], count: number): SceneGroup[] {
  const groups: Group[] = scenes.map(({ start, end, direction }) => ({
    start,
    end,
    longest: { start, end },
    sum: direction.map((value) => value * (end - start)),
  }));
  while (groups.length > count) {
    let [best, likeness] = [0, Number.NEGATIVE_INFINITY];
    for (let i = 0; i + 1 < groups.length; i++) {
      const alike = cosine(at(groups, i).sum, at(groups, i + 1).sum);
      if (alike > likeness) [best, likeness] = [i, alike];
    }
    const [a, b] = [at(groups, best), at(groups, best + 1)];
    groups.splice(best, 2, {
      start: a.start,
      end: b.end,
      longest: lengthOf(a.longest) >= lengthOf(b.longest) ? a.longest : b.longest,
      sum: a.sum.map((value, i) => value + (b.sum[i] ?? 0)),
    });
  }
  return groups.map(({ start, end, longest }) => ({ start, end, longest }));
}

function lengthOf({ start, end }: Part): number {
  return end - start;
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
}

import { colourNames } from '#models/world/colours.ts';
import { drawClip, isHeldOut, splitRandom } from '#models/world/dataset.ts';
import { kinds } from '#models/world/objects.ts';
import type { Scene } from '#models/world/scene.ts';
import type { Shot } from '#models/world/svg.ts';
import type { PictureStore } from './picture-store.ts';

/** The clips of one object in one colour, by axis of motion. */
export interface PairClips {
  readonly sideways: readonly number[];
  readonly upright: readonly number[];
  readonly still: readonly number[];
}

/** Clips to train the branch on: every pair that is not held out, some clips each way. */
export class ClipSet {
  readonly pictures: PictureStore;
  readonly pairs: readonly PairClips[];
  private readonly plan: ClipPlan;

  constructor(plan: ClipPlan, pictures: PictureStore) {
    this.plan = plan;
    this.pairs = plan.pairs;
    this.pictures = pictures;
  }

  scene(clip: number): Scene {
    const scene = this.plan.scenes[clip];
    if (scene === undefined) throw new RangeError(`no clip ${clip}`);
    return scene;
  }

  /** Places of the clip's frames among `pictures`, in order of time. */
  framesOf(clip: number): number[] {
    return Array.from({ length: this.plan.frames }, (_, frame) => clip * this.plan.frames + frame);
  }
}

export interface ClipPlan {
  readonly frames: number;
  readonly scenes: readonly Scene[];
  readonly pairs: readonly PairClips[];
  readonly shots: readonly Shot[];
}

/** Draws the scenes of `perMotion` clips for each of the five motions of each pair. */
export function planClips(seed: number, frames: number, perMotion: number): ClipPlan {
  const random = splitRandom('train', seed);
  const scenes: Scene[] = [];
  const pairs = kinds.flatMap((kind) =>
    colourNames.flatMap((colour) => {
      if (isHeldOut({ kind, colour })) return [];
      const draw = (motion: Scene['motion']): number[] =>
        Array.from({ length: perMotion }, () => scenes.push(drawClip(random, { kind, colour, motion })) - 1);
      return [
        {
          sideways: [...draw('left'), ...draw('right')],
          upright: [...draw('up'), ...draw('down')],
          still: draw('still'),
        },
      ];
    }),
  );
  const shots = scenes.flatMap((scene) =>
    // frames at segment centres, as the server samples them
    Array.from({ length: frames }, (_, frame) => ({ scene, time: (frame + 0.5) / frames })),
  );
  return { frames, scenes, pairs, shots };
}

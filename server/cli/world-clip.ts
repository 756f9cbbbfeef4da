import { renderClip } from '#models/world/drawing/render-scenes.ts';
import { renderShots } from '#models/world/render.ts';
import type { Scene } from '#models/world/scene.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { writeMp4 } from '#cli/write-mp4.ts';

export interface ClipShape {
  /** Side in pixels; even, as H.264 wants it. */
  readonly size: number;
  readonly seconds: number;
  readonly fps: number;
}

export const usualClip: ClipShape = { size: 240, seconds: 2, fps: 24 };

/** Writes a scene of the small world as H.264: frames at the middle of their share of its path. */
export function writeWorldClip(
  scene: Scene,
  path: string,
  signal: AbortSignal,
  shape: ClipShape = usualClip,
): Promise<void> {
  const render = (times: readonly number[]): Promise<Uint8Array[]> =>
    renderShots(
      times.map((time) => ({ scene, time })),
      shape.size,
    );
  return writeFrames(render, path, signal, shape);
}

/** Writes a clip of the large world, as `writeWorldClip`. */
export function writeSceneClip(
  clip: Clip,
  path: string,
  signal: AbortSignal,
  shape: ClipShape = usualClip,
): Promise<void> {
  return writeFrames((times) => renderClip(clip, times, shape.size), path, signal, shape);
}

async function writeFrames(
  render: (times: readonly number[]) => Promise<readonly Uint8Array[]>,
  path: string,
  signal: AbortSignal,
  { size, seconds, fps }: ClipShape,
): Promise<void> {
  const count = Math.max(1, Math.round(seconds * fps));
  async function* frames(): AsyncGenerator<Uint8Array> {
    // a second at a time, so that a long clip is not held whole
    for (let first = 0; first < count; first += fps) {
      const length = Math.min(fps, count - first);
      yield* await render(Array.from({ length }, (_, index) => (first + index + 0.5) / count));
    }
  }
  await writeMp4(frames(), { width: size, height: size, fps, path, signal });
}

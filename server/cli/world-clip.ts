import { renderShots } from '#models/world/render.ts';
import type { Scene } from '#models/world/scene.ts';
import { writeMp4 } from '#cli/write-mp4.ts';

export interface ClipShape {
  /** Side in pixels; even, as H.264 wants it. */
  readonly size: number;
  readonly seconds: number;
  readonly fps: number;
}

export const usualClip: ClipShape = { size: 240, seconds: 2, fps: 24 };

/** Writes a scene as H.264: frames at the middle of their share of its path. */
export async function writeWorldClip(
  scene: Scene,
  path: string,
  signal: AbortSignal,
  { size, seconds, fps }: ClipShape = usualClip,
): Promise<void> {
  const count = Math.max(1, Math.round(seconds * fps));
  async function* frames(): AsyncGenerator<Uint8Array> {
    // a second at a time, so that a long clip is not held whole
    for (let first = 0; first < count; first += fps) {
      const shots = Array.from({ length: Math.min(fps, count - first) }, (_, index) => ({
        scene,
        time: (first + index + 0.5) / count,
      }));
      yield* await renderShots(shots, size);
    }
  }
  await writeMp4(frames(), { width: size, height: size, fps, path, signal });
}

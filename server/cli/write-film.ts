import type { Shot } from '#models/world/film.ts';
import { renderShots } from '#models/world/render.ts';
import { writeMp4 } from './write-mp4.ts';

export interface FilmShape {
  /** Side in pixels; even. */
  readonly size: number;
  readonly fps: number;
}

export const usualFilm: FilmShape = { size: 120, fps: 6 };

/** Writes a film of the demo world as H.264, a second at a time, so that its length costs no memory. */
export async function writeFilm(
  film: readonly Shot[],
  path: string,
  signal: AbortSignal,
  { size, fps }: FilmShape = usualFilm,
): Promise<void> {
  async function* frames(): AsyncGenerator<Uint8Array> {
    for (const { scene, start, end } of film) {
      const count = Math.round((end - start) * fps);
      for (let first = 0; first < count; first += fps) {
        const shots = Array.from({ length: Math.min(fps, count - first) }, (_, i) => ({
          scene,
          time: (first + i + 0.5) / count,
        }));
        yield* await renderShots(shots, size);
      }
    }
  }
  await writeMp4(frames(), { width: size, height: size, fps, path, signal });
}

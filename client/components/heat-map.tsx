import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { FailureLine } from './failure-line.tsx';
import { frameUrl } from '../state/videos.ts';

interface HeatMapProps {
  readonly app: AppState;
  readonly videoId: string;
  /** Index of the frame. */
  readonly frame: number;
}

/** Where the video branch looks in a frame, as intensity over it (the paper's figure 9). */
export function HeatMap({ app, videoId, frame }: HeatMapProps) {
  const { match: t } = texts.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => void app.attention.load(videoId), [app, videoId]);
  const { value: attention, failure } = app.attention.of(videoId);
  const shown = attention?.frames[frame];
  useEffect(() => {
    if (canvas.current !== null && attention && shown) paint(canvas.current, attention.side, shown.weights);
  }, [attention, shown]);

  if (failure !== undefined) return <FailureLine failure={failure} />;
  if (attention === undefined || shown === undefined) return <p class="hint">{t.looking}</p>;
  const { left, top, width, height } = attention.region;
  const percent = (share: number) => `${100 * share}%`;
  return (
    <div class="heat-picture">
      <img
        class="heat-frame"
        src={frameUrl(videoId, frame, attention.frames.length)}
        alt={texts.value.clip.frame(frame + 1)}
      />
      <canvas
        ref={canvas}
        role="img"
        aria-label={t.heat}
        style={{ left: percent(left), top: percent(top), width: percent(width), height: percent(height) }}
      />
    </div>
  );
}

/** One pixel a patch; the browser smooths it. The warmest patch is red, the coldest is clear. */
function paint(canvas: HTMLCanvasElement, side: number, weights: readonly number[]): void {
  canvas.width = side;
  canvas.height = side;
  const max = Math.max(...weights);
  const pixels = new ImageData(side, side);
  for (const [patch, weight] of weights.entries()) {
    const intensity = max > 0 ? weight / max : 0;
    pixels.data.set([255, 190 * (1 - intensity), 0, 190 * intensity], 4 * patch);
  }
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}

import { useEffect, useRef, useState } from 'preact/hooks';
import { type AttentionReply, attentionReply } from '#contract/search.ts';
import { words } from '../messages/language.ts';
import { type Failure, failureFrom } from '../state/failure.ts';
import { ask } from '../state/rest.ts';
import { clock } from '../state/wording.ts';
import { FailureLine } from './failure-line.tsx';
import { frameUrl } from './filmstrip.tsx';

interface HeatMapProps {
  readonly videoId: string;
  /** Which of the frames. */
  readonly frame: number;
}

/** Where the video branch looks in a frame, as intensity over it (the paper's figure 9). */
export function HeatMap({ videoId, frame }: HeatMapProps) {
  const { match: say } = words.value;
  const [attention, setAttention] = useState<AttentionReply>();
  const [failure, setFailure] = useState<Failure>();
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const over = new AbortController();
    ask(attentionReply, { path: `/v1/videos/${videoId}/attention`, signal: over.signal }).then(
      setAttention,
      (thrown: unknown) => {
        if (!over.signal.aborted) setFailure(failureFrom(thrown));
      },
    );
    return () => over.abort();
  }, [videoId]);

  const shown = attention?.frames[frame];
  useEffect(() => {
    if (canvas.current !== null && attention && shown) paint(canvas.current, attention.side, shown.weights);
  }, [attention, shown]);

  if (failure !== undefined) return <FailureLine failure={failure} />;
  if (attention === undefined || shown === undefined) return <p class="hint">{say.looking}</p>;
  const { left, top, width, height } = attention.region;
  const percent = (share: number) => `${100 * share}%`;
  return (
    <figure class="heat">
      <div class="heat-picture">
        <img
          src={frameUrl(videoId, frame, attention.frames.length)}
          alt={words.value.clip.frame(frame + 1)}
        />
        <canvas
          ref={canvas}
          role="img"
          aria-label={say.heat}
          style={{ left: percent(left), top: percent(top), width: percent(width), height: percent(height) }}
        />
      </div>
      <figcaption class="hint">{`${say.heat}, ${clock(shown.time)}`}</figcaption>
    </figure>
  );
}

/** One pixel a patch; the browser smooths it. The warmest patch is red, the coldest is clear. */
function paint(canvas: HTMLCanvasElement, side: number, weights: readonly number[]): void {
  canvas.width = side;
  canvas.height = side;
  const most = Math.max(...weights);
  const pixels = new ImageData(side, side);
  for (const [patch, weight] of weights.entries()) {
    const intensity = most > 0 ? weight / most : 0;
    pixels.data.set([255, 190 * (1 - intensity), 0, 190 * intensity], 4 * patch);
  }
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}

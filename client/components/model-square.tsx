import type { Fit } from '../state/model.ts';

interface ModelSquareProps {
  readonly width: number;
  readonly height: number;
  readonly fit: Fit | undefined;
}

/** The edge of the square that the model sees, over a picture of which it sees only the middle. */
export function ModelSquare({ width, height, fit }: ModelSquareProps) {
  if (fit !== 'crop' || Math.abs(width - height) < 0.02 * Math.max(width, height)) return null;
  const side = Math.min(width, height);
  const percent = (length: number, whole: number) => `${(100 * length) / whole}%`;
  return (
    <div
      class="model-square"
      aria-hidden="true"
      style={{
        left: percent((width - side) / 2, width),
        top: percent((height - side) / 2, height),
        width: percent(side, width),
        height: percent(side, height),
      }}
    />
  );
}

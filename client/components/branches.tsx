import type { Placed } from '../state/talk.ts';

interface BranchesProps {
  readonly placed: Placed;
  /** What there are several of, for those who listen. */
  readonly what: string;
  readonly onStep: (step: 1 | -1) => void;
}

/** Arrows between the branches at one place; nothing where there is one. */
export function Branches({ placed: { message, siblings }, what, onStep }: BranchesProps) {
  if (siblings.length < 2) return null;
  const place = siblings.indexOf(message.id);
  return (
    <span class="branches">
      <button
        type="button"
        class="icon"
        aria-label={`${what} before`}
        disabled={place === 0}
        onClick={() => onStep(-1)}
      >
        ‹
      </button>
      <span class="hint">
        {place + 1} / {siblings.length}
      </span>
      <button
        type="button"
        class="icon"
        aria-label={`${what} after`}
        disabled={place === siblings.length - 1}
        onClick={() => onStep(1)}
      >
        ›
      </button>
    </span>
  );
}

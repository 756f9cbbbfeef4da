import { Icon } from './icon.tsx';
import type { TreeMessage } from '../state/conversation.ts';

interface BranchesProps {
  readonly node: TreeMessage;
  /** Names of the arrows, for those who listen. */
  readonly before: string;
  readonly after: string;
  readonly onStep: (step: 1 | -1) => void;
}

/** Arrows between the branches at one place; nothing where there is one. */
export function Branches({ node: { message, siblings }, before, after, onStep }: BranchesProps) {
  if (siblings.length < 2) return null;
  const index = siblings.indexOf(message.id);
  return (
    <span class="branches">
      <button
        type="button"
        class="icon"
        aria-label={before}
        disabled={index === 0}
        onClick={() => onStep(-1)}
      >
        <Icon name="chevron-left" size={16} />
      </button>
      <span class="hint">
        {index + 1} / {siblings.length}
      </span>
      <button
        type="button"
        class="icon"
        aria-label={after}
        disabled={index === siblings.length - 1}
        onClick={() => onStep(1)}
      >
        <Icon name="chevron-right" size={16} />
      </button>
    </span>
  );
}

import type { Screen } from '../state/visit.ts';
import { progressOf, statusOf } from '../state/wording.ts';

/** What is going on, in words for everyone and as a bar for the eyes. */
export function StatusLine({ screen }: { readonly screen: Screen }) {
  const text = statusOf(screen);
  const progress = progressOf(screen);
  return (
    <div class="status">
      <p role="status" class="hint">
        {text}
      </p>
      {progress !== undefined && <progress value={progress} aria-label={text} />}
    </div>
  );
}

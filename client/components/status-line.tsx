import type { Screen } from '../state/screen.ts';
import { progressOf, statusOf, uploadPace } from '../state/wording.ts';

interface StatusLineProps {
  readonly screen: Screen;
  readonly isOnline: boolean;
}

/** What is going on, in words for everyone and as a bar for the eyes. */
export function StatusLine({ screen, isOnline }: StatusLineProps) {
  const text = isOnline ? statusOf(screen) : 'The connection is lost; it is being made again.';
  const progress = progressOf(screen);
  return (
    <div class="status">
      <p role="status" class="hint">
        {text}
      </p>
      {screen.at === 'upload' && progress !== undefined && <span class="hint">{uploadPace(screen)}</span>}
      {progress !== undefined && <progress value={progress} aria-label={text} />}
    </div>
  );
}

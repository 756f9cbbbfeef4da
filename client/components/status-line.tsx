import { texts } from '../messages/language.ts';
import type { Screen } from '../state/screen.ts';
import { runningAnswer, turnsOf } from '../state/conversation.ts';
import { uploadOf, progressOf, statusOf, uploadPace } from '../state/wording.ts';

interface StatusLineProps {
  readonly screen: Screen;
  readonly isOnline: boolean;
}

/** What is going on, in words for everyone and as a bar for the eyes. */
export function StatusLine({ screen, isOnline }: StatusLineProps) {
  const t = texts.value;
  const text = isOnline ? statusOf(t, screen) : t.status.offline;
  const progress = progressOf(screen);
  const upload = uploadOf(screen);
  return (
    <div class="status">
      <p role="status" class="hint">
        {text}
        <span class="unseen">{finishedAnswer(screen)}</span>
      </p>
      {upload !== undefined && progress !== undefined && <span class="hint">{uploadPace(t, upload)}</span>}
      {progress !== undefined && <progress value={progress} aria-label={text} />}
    </div>
  );
}

/** An answer that came on this page, read out once it is whole. */
function finishedAnswer(screen: Screen): string {
  if (screen.at !== 'chat' || screen.conversation === undefined || runningAnswer(screen.conversation))
    return '';
  const last = turnsOf(screen.conversation).at(-1);
  const text = last?.ending?.done === undefined ? '' : last.answer?.message.text;
  return text ? texts.value.status.answered(text) : '';
}

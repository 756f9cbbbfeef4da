import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { runningAnswer, turnsOf } from '../state/conversation.ts';
import type { ChatScreen } from '../state/screen.ts';
import { progressOf, statusOf, uploadPace } from '../state/wording.ts';
import { IconButton } from './icon-button.tsx';

/** What is going on, as a text for everyone and as a bar to look at; uploads can be cancelled. */
export function StatusLine({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  const t = texts.value;
  const text = app.connection.isOpen.value ? statusOf(t, chat) : t.status.offline;
  const progress = progressOf(chat);
  return (
    <div class="status-lines">
      {chat.uploads.map((upload) => (
        <div key={upload.id} class="status">
          <span class="upload-name">{upload.played.name}</span>
          <progress value={upload.sent / Math.max(1, upload.total)} aria-label={upload.played.name} />
          <span class="hint">{uploadPace(t, upload)}</span>
          <IconButton
            icon="x"
            label={t.clip.cancelUpload(upload.played.name)}
            onClick={() => app.clips.cancelUpload(upload.id)}
          />
        </div>
      ))}
      <div class="status">
        <p role="status" class="hint">
          {text}
          <span class="unseen">{finishedAnswer(chat)}</span>
        </p>
        {progress !== undefined && <progress value={progress} aria-label={text} />}
      </div>
    </div>
  );
}

/** An answer that came on this page, read out once it is whole. */
function finishedAnswer({ conversation }: ChatScreen): string {
  if (conversation === undefined || runningAnswer(conversation)) return '';
  const last = turnsOf(conversation).at(-1);
  const text = last?.ending?.done === undefined ? '' : last.answer?.message.text;
  return text ? texts.value.status.answered(text) : '';
}

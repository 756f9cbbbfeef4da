import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { QueuedQuestion } from '../state/outbox.ts';
import { type ChatScreen, isBusy, isPrepared } from '../state/screen.ts';
import { Icon } from './icon.tsx';

interface QueuedTurnProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
  readonly question: QueuedQuestion;
  /** Whether no other question is before it. */
  readonly isNext: boolean;
}

/** A question that waits to be sent, and what for; until then it can be taken back. */
export function QueuedTurn({ app, chat, question, isNext }: QueuedTurnProps) {
  const { chat: t } = texts.value;
  const isSending = chat.sending === question.key;
  return (
    <article class="turn queued">
      <div class="asked">
        <p class="question">{question.text}</p>
      </div>
      <p class="queue-state hint">
        <Icon name="clock" size={14} />
        {isSending ? t.sending : reason()}
        {!isSending && (
          <button type="button" class="quiet-link" onClick={() => app.answers.takeBack(question)}>
            {t.takeBack}
          </button>
        )}
      </p>
      <div class="answer running" aria-busy />
    </article>
  );

  function reason(): string {
    if (!app.connection.isOpen.value) return t.waitsForConnection;
    if (app.settings.invalid.value.size > 0) return t.waitsForSettings;
    if (!isNext || isBusy(chat)) return t.waitsForAnswer;
    return isPrepared(chat) ? t.sending : t.waitsForClip;
  }
}

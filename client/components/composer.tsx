import { useEffect, useRef, useState } from 'preact/hooks';
import { maxQuestionLength } from '#contract/rest.ts';
import { texts } from '../messages/language.ts';
import { type ChatScreen, isBusy, isPrepared } from '../state/screen.ts';
import type { AppState } from '../state/app-state.ts';
import { suggestionsFor } from '../state/wording.ts';
import { FileButton } from './file-button.tsx';

interface ComposerProps {
  readonly app: AppState;
  /** Undefined while the clip is still on its way. */
  readonly chat: ChatScreen | undefined;
}

/** Where the question is typed. It can be typed ahead, and sent once the clip has been watched. */
export function Composer({ app, chat }: ComposerProps) {
  const { chat: t, clip: clipText, failure } = texts.value;
  const [draft, setDraft] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const answering = chat !== undefined && isBusy(chat);
  const ready = chat !== undefined && isPrepared(chat) && !answering;
  const tooLong = draft.length > maxQuestionLength;

  useEffect(() => {
    if (ready) field.current?.focus();
  }, [ready]);

  const sendable = ready && !tooLong && draft.trim() !== '';

  const send = () => {
    if (!sendable) return;
    void app.answers.ask(draft.trim());
    setDraft('');
  };

  const suggestions = ready ? suggestionsFor(texts.value, app.model.value, chat) : [];

  return (
    <>
      <div class="suggestions">
        {suggestions.map((question) => (
          <button key={question} type="button" class="chip" onClick={() => app.answers.ask(question)}>
            {question}
          </button>
        ))}
      </div>
      {tooLong && (
        // said before sending, so that nothing typed or pasted is lost or cut
        <p class="failure" role="alert">
          {failure.questionTooLong(maxQuestionLength, draft.length)}{' '}
          <strong>{failure.advice['question_too_long']}</strong>
        </p>
      )}
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {chat !== undefined && chat.clips.length > 0 && chat.upload === undefined && (
          <FileButton
            class="icon add"
            title={clipText.add}
            accept={app.clipFormats.accept}
            onFile={(file) => app.clips.add(file)}
          >
            <span aria-hidden="true">+</span>
            <span class="unseen">{clipText.add}</span>
          </FileButton>
        )}
        <textarea
          ref={field}
          class="question-field"
          aria-label={t.yourQuestion}
          placeholder={t.placeholder}
          rows={1}
          value={draft}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
          onKeyDown={(event) => {
            // While an input method composes a character, Enter belongs to it.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {answering ? (
          <button key="stop" type="button" class="button" onClick={() => app.answers.stop()}>
            {t.stop} <kbd>Esc</kbd>
          </button>
        ) : (
          <button key="ask" type="submit" class="button primary" disabled={!sendable}>
            {t.ask}
          </button>
        )}
      </form>
    </>
  );
}

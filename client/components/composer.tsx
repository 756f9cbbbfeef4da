import { useEffect, useRef, useState } from 'preact/hooks';
import { maxQuestionLength } from '../../server/contract.ts';
import { type Failure, failureOf } from '../state/failure.ts';
import { type ChatScreen, isBusy } from '../state/screen.ts';
import type { Visit } from '../state/visit.ts';
import { suggestionsFor } from '../state/wording.ts';
import { FailureLine } from './failure-line.tsx';

interface ComposerProps {
  readonly visit: Visit;
  /** Undefined while the clip is still on its way. */
  readonly chat: ChatScreen | undefined;
}

/** Said before sending, so that nothing typed or pasted is lost or cut. */
function questionTooLong(length: number): Failure {
  const message = `A question can have ${maxQuestionLength} characters at most; this one has ${length}.`;
  return failureOf('question_too_long', message);
}

/** Where the question is typed. It can be typed ahead, and sent once the clip has been watched. */
export function Composer({ visit, chat }: ComposerProps) {
  const [draft, setDraft] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const answering = chat !== undefined && isBusy(chat);
  const ready = chat?.seen !== undefined && !answering;
  const tooLong = draft.length > maxQuestionLength;

  useEffect(() => {
    if (ready) field.current?.focus();
  }, [ready]);

  const sendable = ready && !tooLong && draft.trim() !== '';

  const send = () => {
    if (!sendable) return;
    void visit.ask(draft.trim());
    setDraft('');
  };

  const suggestions = ready ? suggestionsFor(chat) : [];

  return (
    <>
      <div class="suggestions">
        {suggestions.map((question) => (
          <button key={question} type="button" class="chip" onClick={() => visit.ask(question)}>
            {question}
          </button>
        ))}
      </div>
      {tooLong && <FailureLine failure={questionTooLong(draft.length)} />}
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={field}
          aria-label="Your question"
          placeholder="Ask about the clip"
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
          <button key="stop" type="button" class="button" onClick={() => visit.stop()}>
            Stop <kbd>Esc</kbd>
          </button>
        ) : (
          <button key="ask" type="submit" class="button primary" disabled={!sendable}>
            Ask
          </button>
        )}
      </form>
    </>
  );
}

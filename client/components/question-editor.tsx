import { useEffect, useRef, useState } from 'preact/hooks';
import { maxQuestionLength } from '#contract/rest.ts';
import { texts } from '../messages/language.ts';

interface QuestionEditorProps {
  readonly text: string;
  /** Undefined where it stays as it was. */
  readonly onDone: (text: string | undefined) => void;
}

/** A question in other words: Enter asks it, Escape leaves it. */
export function QuestionEditor({ text, onDone }: QuestionEditorProps) {
  const t = texts.value.chat;
  const [draft, setDraft] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const isAskable = draft.trim() !== '' && draft.length <= maxQuestionLength;
  const ask = () => {
    if (isAskable) onDone(draft.trim());
  };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <textarea
        class="field"
        aria-label={t.inOtherWords}
        value={draft}
        ref={field}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault();
            onDone(undefined);
          }
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          ask();
        }}
      />
      <div class="editor-actions">
        <button type="submit" class="button primary" disabled={!isAskable}>
          {t.ask}
        </button>
        <button type="button" class="button quiet" onClick={() => onDone(undefined)}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}

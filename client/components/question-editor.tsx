import { useState } from 'preact/hooks';
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
        ref={(field) => field?.focus()}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone(undefined);
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          ask();
        }}
      />
      <div class="actions of-question">
        <button type="submit" class="icon" disabled={!isAskable}>
          {t.ask}
        </button>
        <button type="button" class="icon" onClick={() => onDone(undefined)}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}

import { useState } from 'preact/hooks';
import { maxQuestionLength } from '#contract/rest.ts';
import { words } from '../messages/language.ts';

interface QuestionEditorProps {
  readonly text: string;
  /** Undefined where it stays as it was. */
  readonly onDone: (text: string | undefined) => void;
}

/** A question in other words: Enter asks it, Escape leaves it. */
export function QuestionEditor({ text, onDone }: QuestionEditorProps) {
  const { talk: say } = words.value;
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
        aria-label={say.inOtherWords}
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
          {say.ask}
        </button>
        <button type="button" class="icon" onClick={() => onDone(undefined)}>
          {say.cancel}
        </button>
      </div>
    </form>
  );
}

import { useEffect, useRef } from 'preact/hooks';
import { maxQuestionLength } from '#contract/rest.ts';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type ChatScreen, isBusy, isPrepared } from '../state/screen.ts';
import { suggestionsFor } from '../state/wording.ts';
import { ClipLabel, letterOf } from './clip-label.tsx';
import { FileButton } from './file-button.tsx';
import { Icon } from './icon.tsx';
import { PartChip } from './part-chip.tsx';
import { VoiceButton } from './voice-button.tsx';

interface ComposerProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
}

/** Where the question is typed. What is asked before the clip is encoded, or while an answer runs, waits for it. */
export function Composer({ app, chat }: ComposerProps) {
  const { chat: t, clip: clipText, failure, settings } = texts.value;
  const conversationId = chat.conversation?.info.id;
  const draft = app.drafts.of(conversationId);
  const field = useRef<HTMLTextAreaElement | null>(null);
  const register = app.landmarks.ref('question');
  const answering = isBusy(chat);
  const hasClip = chat.clips.length > 0 || chat.uploads.length > 0;
  const isTooLong = draft.length > maxQuestionLength;
  const invalid = [...app.settings.invalid.value].map((name) => settings[name]);
  const isSendable = !isTooLong && invalid.length === 0 && draft.trim() !== '';

  useEffect(() => field.current?.focus(), [conversationId]);

  const send = () => {
    if (!isSendable) return;
    app.answers.ask(draft.trim());
    app.drafts.set(conversationId, '');
  };
  const suggestions =
    hasClip && isPrepared(chat) && !answering && invalid.length === 0
      ? suggestionsFor(texts.value, app.model.value, chat)
      : [];

  return (
    <>
      {suggestions.length > 0 && (
        <div class="suggestions">
          {suggestions.map((question) => (
            <button key={question} type="button" class="chip" onClick={() => app.answers.ask(question)}>
              {question}
            </button>
          ))}
        </div>
      )}
      {isTooLong && (
        // said before sending, so that nothing typed or pasted is lost or cut
        <p class="failure" role="alert">
          {failure.questionTooLong(maxQuestionLength, draft.length)}{' '}
          <strong>{failure.advice['question_too_long']}</strong>
        </p>
      )}
      {invalid.length > 0 && (
        <p class="failure" role="alert">
          {settings.invalid(invalid.join(', '))}
        </p>
      )}
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <PartChip app={app} chat={chat} />
        {chat.clips.length > 1 && <IncludedClips app={app} chat={chat} />}
        <div class="composer-row">
          <FileButton
            class="icon add"
            accept={app.clipFormats.accept}
            title={clipText.add}
            onFiles={(files) => app.clips.add(files)}
          >
            <Icon name="plus" />
            <span class="unseen">{clipText.add}</span>
          </FileButton>
          <textarea
            ref={(element) => {
              field.current = element;
              register(element);
            }}
            class="question-field"
            aria-label={t.yourQuestion}
            placeholder={hasClip ? t.placeholder : t.placeholderWithoutClip}
            rows={1}
            value={draft}
            onInput={({ currentTarget }) => app.drafts.set(conversationId, currentTarget.value)}
            onKeyDown={(event) => {
              // While an input method composes a character, Enter belongs to it.
              if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              send();
            }}
          />
          <VoiceButton
            language={app.settings.language.value}
            onWords={(words) => app.drafts.set(conversationId, [draft.trim(), words].join(' ').trim())}
          />
          {answering && (
            <button type="button" class="button stop" onClick={() => app.answers.stop()}>
              <Icon name="square" size={14} />
              {t.stop} <kbd>Esc</kbd>
            </button>
          )}
          <button
            type="submit"
            class="button primary send"
            aria-label={t.ask}
            title={t.ask}
            disabled={!isSendable}
          >
            <Icon name="arrow-up" />
          </button>
        </div>
      </form>
    </>
  );
}

/** Which of the clips the next question brings. */
function IncludedClips({ app, chat }: ComposerProps) {
  const { clip: t } = texts.value;
  return (
    <fieldset class="included">
      <legend class="hint">{t.includes}</legend>
      {chat.clips.map(({ video: { id, name } }, index) => (
        <label key={id} class="chip include">
          <input
            class="unseen"
            type="checkbox"
            aria-label={t.include(letterOf(index), name)}
            checked={chat.included.includes(id)}
            onChange={({ currentTarget }) => app.clips.include(id, currentTarget.checked)}
          />
          <ClipLabel index={index} />
          <span class="chip-text">{name}</span>
          <Icon name="check" size={14} />
        </label>
      ))}
    </fieldset>
  );
}

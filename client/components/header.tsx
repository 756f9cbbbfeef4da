import { languages, nameOf, texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { ThemeButton } from './theme-button.tsx';
import { FileButton } from './file-button.tsx';

interface HeaderProps {
  readonly app: AppState;
  readonly isListShown: boolean;
  readonly onList: () => void;
  readonly onHelp: () => void;
}

export function Header({ app, isListShown, onList, onHelp }: HeaderProps) {
  const t = texts.value;
  const model = app.model.value;
  const { language } = app.settings;
  return (
    <header class="header">
      <button
        type="button"
        class="icon list-button"
        aria-label={t.conversations.title}
        aria-expanded={isListShown}
        onClick={onList}
      >
        ☰
      </button>
      <button type="button" class="brand" onClick={() => app.view.leave()} aria-label={t.startOver}>
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>stan-llava</span>
      </button>
      {model && (
        <span class="package" title={model.about}>
          {model.name}
        </span>
      )}
      <div class="header-end">
        {app.view.screen.value.at !== 'start' && (
          <FileButton
            class="button quiet file"
            accept={app.clipFormats.accept}
            onFile={(file) => app.beginWith(file)}
          >
            {t.newClip}
          </FileButton>
        )}
        <select
          class="language"
          aria-label={t.languageChoice}
          value={language.value}
          onChange={({ currentTarget }) => {
            language.value = currentTarget.value;
          }}
        >
          {languages.map((code) => (
            <option key={code} value={code} lang={code}>
              {nameOf(code)}
            </option>
          ))}
        </select>
        <button type="button" class="icon help-button" aria-label={t.keys} title={t.keys} onClick={onHelp}>
          ?
        </button>
        <ThemeButton settings={app.settings} />
      </div>
    </header>
  );
}

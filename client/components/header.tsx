import { languages, nameOf, words } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { ThemeButton } from './theme-button.tsx';
import { FileButton } from './file-button.tsx';

interface HeaderProps {
  readonly visit: AppState;
  readonly isListShown: boolean;
  readonly onList: () => void;
  readonly onHelp: () => void;
}

export function Header({ visit, isListShown, onList, onHelp }: HeaderProps) {
  const say = words.value;
  const model = visit.model.value;
  const { language } = visit.settings;
  return (
    <header class="header">
      <button
        type="button"
        class="icon list-button"
        aria-label={say.conversations.title}
        aria-expanded={isListShown}
        onClick={onList}
      >
        ☰
      </button>
      <button type="button" class="brand" onClick={() => visit.display.leave()} aria-label={say.startOver}>
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>stan-llava</span>
      </button>
      {model && (
        <span class="package" title={model.about}>
          {model.name}
        </span>
      )}
      <div class="header-end">
        {visit.display.screen.value.at !== 'start' && (
          <FileButton class="button quiet file" onFile={(file) => visit.beginWith(file)}>
            {say.newClip}
          </FileButton>
        )}
        <select
          class="language"
          aria-label={say.languageChoice}
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
        <button
          type="button"
          class="icon help-button"
          aria-label={say.keys}
          title={say.keys}
          onClick={onHelp}
        >
          ?
        </button>
        <ThemeButton settings={visit.settings} />
      </div>
    </header>
  );
}

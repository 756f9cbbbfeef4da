import type { Visit } from '../state/visit.ts';
import { ThemeButton } from './theme-button.tsx';
import { FileButton } from './file-button.tsx';

interface HeaderProps {
  readonly visit: Visit;
  readonly isListShown: boolean;
  readonly onList: () => void;
}

export function Header({ visit, isListShown, onList }: HeaderProps) {
  const model = visit.model.value;
  return (
    <header class="header">
      <button
        type="button"
        class="icon list-button"
        aria-label="Conversations"
        aria-expanded={isListShown}
        onClick={onList}
      >
        ☰
      </button>
      <button type="button" class="brand" onClick={() => visit.leave()} aria-label="stan-llava, start over">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>stan-llava</span>
      </button>
      {model && (
        <span class="package" title={model.about}>
          {model.name}
        </span>
      )}
      {visit.screen.value.at !== 'start' && (
        <FileButton class="button quiet file" onFile={(file) => visit.chooseFile(file)}>
          New clip
        </FileButton>
      )}
      <ThemeButton settings={visit.settings} />
    </header>
  );
}

import type { Visit } from '../state/visit.ts';
import { FileButton } from './file-button.tsx';

export function Header({ visit }: { readonly visit: Visit }) {
  const model = visit.model.value;
  return (
    <header class="header">
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
        <FileButton class="button quiet" onFile={(file) => visit.chooseFile(file)}>
          New clip
        </FileButton>
      )}
    </header>
  );
}

import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { Icon } from './icon.tsx';

/** What can be done with the conversations that are selected. */
export function SelectionBar({ app }: { readonly app: AppState }) {
  const { conversations: t } = texts.value;
  const { library } = app;
  const shown = new Set(library.conversations.map(({ id }) => id));
  const ids = [...(library.selected.value ?? [])].filter((id) => shown.has(id));
  const isEmpty = ids.length === 0;
  const end = () => library.endSelection();
  return (
    <div class="sidebar-foot" role="toolbar" aria-label={t.selectSome}>
      <p class="hint" role="status">
        {t.selected(ids.length)}
      </p>
      <div class="sidebar-tools">
        <button
          type="button"
          class="quiet-link"
          disabled={isEmpty}
          onClick={() => {
            void app.export(ids);
            end();
          }}
        >
          <Icon name="download" size={16} />
          {t.exportSelected}
        </button>
        <button
          type="button"
          class="quiet-link"
          disabled={isEmpty}
          onClick={() => {
            app.remove(ids);
            end();
          }}
        >
          <Icon name="trash" size={16} />
          {t.deleteSelected}
        </button>
        <button type="button" class="quiet-link" onClick={end}>
          {t.endSelection}
        </button>
      </div>
    </div>
  );
}

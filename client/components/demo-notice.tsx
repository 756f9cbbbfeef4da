import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { demoModel } from '../state/wording.ts';
import { IconButton } from './icon-button.tsx';

/** One line that says how little the demo model knows, until it is dismissed. */
export function DemoNotice({ app }: { readonly app: AppState }) {
  const { demo: t } = texts.value;
  const model = app.model.value;
  const { isDemoNoticeHidden } = app.settings;
  if (model?.name !== demoModel || isDemoNoticeHidden.value) return null;
  return (
    <div class="notice">
      <details>
        <summary>
          {t.notice} <span class="notice-more">{t.more}</span>
        </summary>
        <p>
          {t.about === '' ? model.about : t.about} {t.command}{' '}
          <code>npm run -s models -- pull llava-1.1-7b-bt-adapter</code>
        </p>
      </details>
      <IconButton
        icon="x"
        label={t.hide}
        onClick={() => {
          isDemoNoticeHidden.value = true;
        }}
      />
    </div>
  );
}

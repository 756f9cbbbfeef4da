import { texts } from '../messages/language.ts';
import type { Toasts } from '../state/toasts.ts';
import { IconButton } from './icon-button.tsx';

/** What just happened, at the foot of the page, with a way back where there is one. */
export function ToastList({ toasts }: { readonly toasts: Toasts }) {
  const t = texts.value.conversations;
  return (
    <div class="toasts" role="status">
      {toasts.list.value.map(({ id, text, action }) => (
        <div key={id} class="toast">
          <span>{text}</span>
          {action && (
            <button type="button" class="button quiet" onClick={() => toasts.act(id)}>
              {action.label}
            </button>
          )}
          <IconButton icon="x" label={t.dismiss} onClick={() => toasts.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}

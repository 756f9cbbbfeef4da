import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../messages/language.ts';

const keys = [
  ['Ctrl K', 'palette'],
  ['Ctrl Shift O', 'fresh'],
  ['Enter', 'send'],
  ['Esc', 'stop'],
  ['↑', 'editLast'],
  ['/', 'search'],
  ['?', 'list'],
] as const;

/** What the keys do. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const t = texts.value.shortcuts;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-label={t.title} onClose={onClose}>
      <h2>{t.title}</h2>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t[what]}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog" class="dialog-actions">
        <button type="submit" class="button">
          {t.close}
        </button>
      </form>
    </dialog>
  );
}

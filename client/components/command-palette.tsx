import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { commandsOf } from './commands.ts';
import { Icon } from './icon.tsx';

interface CommandPaletteProps {
  readonly app: AppState;
  readonly onClose: () => void;
}

/** Everything one can do, and all conversations, by a few letters of their names. */
export function CommandPalette({ app, onClose }: CommandPaletteProps) {
  const { palette: t } = texts.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const listId = useId();
  useEffect(() => dialog.current?.showModal(), []);

  const wanted = query.toLowerCase().split(/\s+/);
  const found = commandsOf(app, texts.value)
    .filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)))
    .slice(0, 12);
  const active = found[Math.min(index, found.length - 1)];
  const run = (command = active) => {
    if (command === undefined) return;
    dialog.current?.close();
    command.run();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label={t.title}
      onClose={onClose}
      // beside the box is the dialog itself
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        if (step !== 0) {
          event.preventDefault();
          setIndex((index + step + found.length) % Math.max(1, found.length));
        } else if (event.key === 'Enter' && !event.isComposing) {
          event.preventDefault();
          run();
        }
      }}
    >
      <div class="palette-box">
        <input
          class="palette-field"
          type="text"
          role="combobox"
          aria-label={t.field}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={active && `${listId}-${found.indexOf(active)}`}
          placeholder={t.field}
          value={query}
          onInput={({ currentTarget }) => {
            setQuery(currentTarget.value);
            setIndex(0);
          }}
        />
        <div id={listId} role="listbox" aria-label={t.title} class="palette-list">
          {found.map((command, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys belong to the field, which names the active option
            <div
              key={command.name}
              id={`${listId}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={command === active}
              class="palette-item"
              onClick={() => run(command)}
              onPointerMove={() => setIndex(at)}
            >
              <Icon name={command.icon} size={16} />
              <span>{command.name}</span>
              {command.keys && <kbd>{command.keys}</kbd>}
            </div>
          ))}
          {found.length === 0 && <p class="hint palette-none">{t.none}</p>}
        </div>
      </div>
    </dialog>
  );
}

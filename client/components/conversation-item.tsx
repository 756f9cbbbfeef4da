import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConversationSummary } from '#contract/chat.ts';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { posterUrl } from '../state/videos.ts';
import { when } from '../state/wording.ts';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

interface ItemProps {
  readonly conversation: ConversationSummary;
  readonly isCurrent: boolean;
  /** Whether the Tab key stops here: at one item of the list. */
  readonly isTabStop: boolean;
  /** Moves the focus within the list. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** The button that opens it, while there is one. */
  readonly onButton: (button: HTMLButtonElement | null) => void;
  readonly app: AppState;
}

/** A conversation in the list: what it is about, by picture and name, and what can be done with it. */
export function ConversationItem({
  conversation,
  isCurrent,
  isTabStop,
  onKeyDown,
  onButton,
  app,
}: ItemProps) {
  const { conversations: t } = texts.value;
  const { id, title, updatedAt, pinned, clips } = conversation;
  const [isRenaming, setRenaming] = useState(false);
  const open = useRef<HTMLButtonElement | null>(null);
  const tabIndex = isTabStop ? 0 : -1;
  const selected = app.library.selected.value;
  const isSelected = selected?.has(id);
  if (isRenaming) {
    const end = (name: string | undefined) => {
      if (name !== undefined && name !== '' && name !== title) void app.library.rename(id, name);
      setRenaming(false);
      // the field is gone with the next frame; the focus stays in its place
      requestAnimationFrame(() => open.current?.focus());
    };
    return (
      <li>
        <RenameField title={title} onEnd={end} />
      </li>
    );
  }
  return (
    <li class={isCurrent ? 'item current' : 'item'}>
      <button
        ref={(button) => {
          open.current = button;
          onButton(button);
        }}
        type="button"
        class="item-open"
        onKeyDown={onKeyDown}
        tabIndex={tabIndex}
        aria-current={isCurrent ? 'page' : undefined}
        aria-pressed={isSelected}
        onClick={() => (selected === undefined ? void app.open(id) : app.library.toggle(id))}
      >
        {selected === undefined ? (
          <Poster clips={clips} frames={app.model.value?.frames} />
        ) : (
          <span class={isSelected ? 'poster select-box on' : 'poster select-box'}>
            {isSelected && <Icon name="check" size={16} />}
          </span>
        )}
        <span class="item-text">
          <span class="item-title">{title}</span>
          <span class="item-facts">
            <span class="item-clips">{clips.map(({ name }) => name).join(', ')}</span>
            <span>{when(app.settings.language.value, updatedAt)}</span>
          </span>
        </span>
      </button>
      {selected === undefined && (
        <span class="item-tools">
          <IconButton
            icon={pinned ? 'pin-off' : 'pin'}
            label={pinned ? t.unpin(title) : t.pin(title)}
            tabIndex={tabIndex}
            onClick={() => void app.library.pin(id, !pinned)}
          />
          <IconButton
            icon="pencil"
            label={t.rename(title)}
            tabIndex={tabIndex}
            onClick={() => setRenaming(true)}
          />
          <IconButton
            icon="trash"
            label={t.delete(title)}
            tabIndex={tabIndex}
            onClick={() => app.remove([id])}
          />
        </span>
      )}
    </li>
  );
}

function Poster({ clips, frames }: { clips: ConversationSummary['clips']; frames: number | undefined }) {
  const [isBroken, setBroken] = useState(false);
  const [first] = clips;
  return (
    <span class="poster">
      {first === undefined || frames === undefined || isBroken ? (
        <Icon name="message-square" size={16} />
      ) : (
        <img src={posterUrl(first.id, frames)} alt="" loading="lazy" onError={() => setBroken(true)} />
      )}
      {clips.length > 1 && <span class="poster-count">{clips.length}</span>}
    </span>
  );
}

interface RenameFieldProps {
  readonly title: string;
  /** Undefined where the name stays. */
  readonly onEnd: (name: string | undefined) => void;
}

/** Takes the focus with its whole text selected. Enter and leaving the field save; Escape does not. */
function RenameField({ title, onEnd }: RenameFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => field.current?.select(), []);
  const end = (name: string | undefined) => {
    // the field loses the focus as it goes
    if (isOver.current) return;
    isOver.current = true;
    onEnd(name);
  };
  return (
    <input
      ref={field}
      class="field"
      aria-label={texts.value.conversations.newName}
      defaultValue={title}
      maxLength={200}
      onBlur={({ currentTarget }) => end(currentTarget.value.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.isComposing) end(event.currentTarget.value.trim());
        if (event.key !== 'Escape') return;
        event.preventDefault();
        end(undefined);
      }}
    />
  );
}

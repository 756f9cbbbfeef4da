import { useState } from 'preact/hooks';
import type { Conversation } from '#contract/chat.ts';
import { words } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { when } from '../state/wording.ts';
import { FileButton } from './file-button.tsx';

/** The conversations the server keeps: the same list in every browser. */
export function Sidebar({ visit, onClose }: { readonly visit: AppState; readonly onClose: () => void }) {
  const { conversations, search } = visit.library;
  const { conversations: say } = words.value;
  const current = visit.display.chat?.talk?.conversation.id;
  return (
    <nav class="sidebar" aria-label={say.title}>
      <input
        type="search"
        class="field search"
        placeholder={say.search}
        aria-label={say.search}
        value={search.value}
        onInput={({ currentTarget }) => visit.library.find(currentTarget.value)}
      />
      <ul class="conversations">
        {conversations.value.map((conversation) => (
          <Item
            key={conversation.id}
            conversation={conversation}
            isCurrent={conversation.id === current}
            visit={visit}
            onClose={onClose}
          />
        ))}
      </ul>
      {conversations.value.length === 0 && (
        <p class="hint">{search.value === '' ? say.none : say.noneFound}</p>
      )}
      <FileButton
        class="button quiet import"
        accept=".json,application/json"
        onFile={(file) => visit.importFile(file)}
      >
        {say.import}
      </FileButton>
    </nav>
  );
}

interface ItemProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
  readonly visit: AppState;
  readonly onClose: () => void;
}

function Item({ conversation: { id, title, updatedAt }, isCurrent, visit, onClose }: ItemProps) {
  const { conversations: say } = words.value;
  const [doing, setDoing] = useState<'nothing' | 'rename' | 'remove'>('nothing');
  if (doing === 'rename') {
    return (
      <li>
        <form
          class="item-form"
          onSubmit={(event) => {
            event.preventDefault();
            const name = new FormData(event.currentTarget).get('title');
            setDoing('nothing');
            if (typeof name === 'string' && name.trim() !== '') void visit.library.rename(id, name.trim());
          }}
        >
          <input class="field" name="title" aria-label={say.newName} defaultValue={title} maxLength={200} />
          <button type="submit" class="icon" aria-label={say.saveName}>
            ✓
          </button>
        </form>
      </li>
    );
  }
  if (doing === 'remove') {
    return (
      <li class="item-form">
        <span class="hint">{say.deleteReally}</span>
        <button type="button" class="icon danger" onClick={() => visit.remove(id)}>
          {say.deleteYes}
        </button>
        <button type="button" class="icon" onClick={() => setDoing('nothing')}>
          {say.deleteNo}
        </button>
      </li>
    );
  }
  return (
    <li class={isCurrent ? 'item current' : 'item'}>
      <button
        type="button"
        class="item-open"
        aria-current={isCurrent ? 'page' : undefined}
        title={title}
        onClick={() => {
          onClose();
          void visit.open(id);
        }}
      >
        <span class="item-title">{title}</span>
        <span class="hint">{when(visit.settings.language.value, updatedAt)}</span>
      </button>
      <button type="button" class="icon" aria-label={say.rename(title)} onClick={() => setDoing('rename')}>
        ✎
      </button>
      <button type="button" class="icon" aria-label={say.delete(title)} onClick={() => setDoing('remove')}>
        ✕
      </button>
    </li>
  );
}

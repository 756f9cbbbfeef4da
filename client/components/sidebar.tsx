import { useState } from 'preact/hooks';
import type { Conversation } from '../../server/chat/contract.ts';
import type { Visit } from '../state/visit.ts';
import { when } from '../state/wording.ts';

/** The conversations the server keeps: the same list in every browser. */
export function Sidebar({ visit, onClose }: { readonly visit: Visit; readonly onClose: () => void }) {
  const { conversations, search } = visit.library;
  const screen = visit.screen.value;
  const current = screen.at === 'chat' ? screen.talk?.conversation.id : undefined;
  return (
    <nav class="sidebar" aria-label="Conversations">
      <input
        type="search"
        class="field"
        placeholder="Search conversations"
        aria-label="Search conversations"
        value={search.value}
        onInput={({ currentTarget }) => visit.find(currentTarget.value)}
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
        <p class="hint">{search.value === '' ? 'Nothing asked yet.' : 'Nothing found.'}</p>
      )}
    </nav>
  );
}

interface ItemProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
  readonly visit: Visit;
  readonly onClose: () => void;
}

function Item({ conversation: { id, title, updatedAt }, isCurrent, visit, onClose }: ItemProps) {
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
            if (typeof name === 'string' && name.trim() !== '') void visit.rename(id, name.trim());
          }}
        >
          <input class="field" name="title" aria-label="New name" defaultValue={title} maxLength={200} />
          <button type="submit" class="icon" aria-label="Save the name">
            ✓
          </button>
        </form>
      </li>
    );
  }
  if (doing === 'remove') {
    return (
      <li class="item-form">
        <span class="hint">Delete it for good?</span>
        <button type="button" class="icon danger" onClick={() => visit.remove(id)}>
          Delete
        </button>
        <button type="button" class="icon" onClick={() => setDoing('nothing')}>
          Keep
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
        <span class="hint">{when(updatedAt)}</span>
      </button>
      <button type="button" class="icon" aria-label={`Rename "${title}"`} onClick={() => setDoing('rename')}>
        ✎
      </button>
      <button type="button" class="icon" aria-label={`Delete "${title}"`} onClick={() => setDoing('remove')}>
        ✕
      </button>
    </li>
  );
}

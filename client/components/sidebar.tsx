import { useState } from 'preact/hooks';
import type { Conversation } from '#contract/chat.ts';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { when } from '../state/wording.ts';
import { FileButton } from './file-button.tsx';

/** The conversations the server keeps: the same list in every browser. */
export function Sidebar({ app, onClose }: { readonly app: AppState; readonly onClose: () => void }) {
  const { conversations, search } = app.library;
  const t = texts.value.conversations;
  const current = app.view.chat?.conversation?.info.id;
  return (
    <nav class="sidebar" aria-label={t.title}>
      <input
        type="search"
        class="field search"
        placeholder={t.search}
        aria-label={t.search}
        value={search.value}
        onInput={({ currentTarget }) => app.library.find(currentTarget.value)}
      />
      <ul class="conversations">
        {conversations.value.map((conversation) => (
          <Item
            key={conversation.id}
            conversation={conversation}
            isCurrent={conversation.id === current}
            app={app}
            onClose={onClose}
          />
        ))}
      </ul>
      {conversations.value.length === 0 && <p class="hint">{search.value === '' ? t.none : t.noneFound}</p>}
      <FileButton
        class="button quiet import"
        accept=".json,application/json"
        onFile={(file) => app.importFile(file)}
      >
        {t.import}
      </FileButton>
    </nav>
  );
}

interface ItemProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
  readonly app: AppState;
  readonly onClose: () => void;
}

function Item({ conversation: { id, title, updatedAt }, isCurrent, app, onClose }: ItemProps) {
  const t = texts.value.conversations;
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
            if (typeof name === 'string' && name.trim() !== '') void app.library.rename(id, name.trim());
          }}
        >
          <input class="field" name="title" aria-label={t.newName} defaultValue={title} maxLength={200} />
          <button type="submit" class="icon" aria-label={t.saveName}>
            ✓
          </button>
        </form>
      </li>
    );
  }
  if (doing === 'remove') {
    return (
      <li class="item-form">
        <span class="hint">{t.deleteReally}</span>
        <button type="button" class="icon danger" onClick={() => app.remove(id)}>
          {t.deleteYes}
        </button>
        <button type="button" class="icon" onClick={() => setDoing('nothing')}>
          {t.deleteNo}
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
          void app.open(id);
        }}
      >
        <span class="item-title">{title}</span>
        <span class="hint">{when(app.settings.language.value, updatedAt)}</span>
      </button>
      <button type="button" class="icon" aria-label={t.rename(title)} onClick={() => setDoing('rename')}>
        ✎
      </button>
      <button type="button" class="icon" aria-label={t.delete(title)} onClick={() => setDoing('remove')}>
        ✕
      </button>
    </li>
  );
}

import { useRef } from 'preact/hooks';
import type { ConversationSummary } from '#contract/chat.ts';
import { languages, nameOf, texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { periodOf } from '../state/wording.ts';
import { ConversationItem } from './conversation-item.tsx';
import { FileButton } from './file-button.tsx';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { ThemeButton } from './theme-button.tsx';

/** The conversations that the server keeps, the same in every browser, and where else to go. */
export function Sidebar({ app }: { readonly app: AppState }) {
  const { library } = app;
  const t = texts.value;
  const close = () => {
    app.isListOpen.value = false;
  };
  return (
    <>
      {/* the scrim is for the pointer; by keyboard Escape and the button close the list */}
      <div class="scrim" aria-hidden="true" onClick={close} />
      <nav class="sidebar" aria-label={t.conversations.title}>
        <div class="sidebar-head">
          <button type="button" class="brand" onClick={() => app.startOver()} aria-label={t.startOver}>
            <img src="/favicon.svg" alt="" width="26" height="26" />
            <span>stan-llava</span>
          </button>
          <IconButton icon="x" class="list-close" label={t.conversations.close} onClick={close} />
        </div>
        <button type="button" class="side-link" onClick={() => app.startOver()}>
          <Icon name="plus" />
          {t.newChat}
        </button>
        <button
          type="button"
          class="side-link"
          aria-current={app.view.screen.value.at === 'clips' ? 'page' : undefined}
          onClick={() => void app.showClips()}
        >
          <Icon name="layout-grid" />
          {t.clips.title}
        </button>
        <input
          ref={app.landmarks.ref('conversation-search')}
          type="search"
          class="field search"
          placeholder={t.conversations.search}
          aria-label={t.conversations.search}
          value={library.search.value}
          onInput={({ currentTarget }) => library.find(currentTarget.value)}
        />
        <ConversationGroups app={app} />
        <SidebarFoot app={app} />
      </nav>
    </>
  );
}

const periods = ['today', 'yesterday', 'week', 'older'] as const;

function ConversationGroups({ app }: { readonly app: AppState }) {
  const { conversations: t } = texts.value;
  const { conversations, search } = app.library;
  const buttons = useRef(new Map<string, HTMLButtonElement>());
  const current = app.view.chat?.conversation?.info.id;
  const groups = (['pinned', ...periods] as const)
    .map((name) => ({
      name,
      items: conversations.filter(({ pinned, updatedAt }) =>
        name === 'pinned' ? pinned : !pinned && periodOf(updatedAt) === name,
      ),
    }))
    .filter(({ items }) => items.length > 0);
  const inOrder = groups.flatMap(({ items }) => items);
  // one tab stop for the whole list; arrows move within it
  const stop = inOrder.some(({ id }) => id === current) ? current : inOrder[0]?.id;
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const here = inOrder.findIndex(({ id }) => buttons.current.get(id) === event.target);
    if (step === 0 || here < 0) return;
    const next = buttons.current.get(inOrder[here + step]?.id ?? '');
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  const item = (conversation: ConversationSummary) => (
    <ConversationItem
      key={conversation.id}
      conversation={conversation}
      isCurrent={conversation.id === current}
      isTabStop={conversation.id === stop}
      onKeyDown={move}
      onButton={(button) => {
        if (button === null) buttons.current.delete(conversation.id);
        else buttons.current.set(conversation.id, button);
      }}
      app={app}
    />
  );
  return (
    <div class="conversation-groups">
      {groups.map(({ name, items }) => (
        <section key={name} aria-labelledby={`group-${name}`}>
          <h2 id={`group-${name}`} class="group-title">
            {t[name]}
          </h2>
          <ul class="conversations">{items.map(item)}</ul>
        </section>
      ))}
      {inOrder.length === 0 && <p class="hint side-hint">{search.value === '' ? t.none : t.noneFound}</p>}
    </div>
  );
}

function SidebarFoot({ app }: { readonly app: AppState }) {
  const t = texts.value;
  const { language } = app.settings;
  if (app.library.selected.value !== undefined) return <SelectionBar app={app} />;
  return (
    <div class="sidebar-foot">
      <div class="sidebar-tools">
        <FileButton
          class="quiet-link"
          accept=".json,application/json"
          onFiles={([file]) => {
            if (file !== undefined) void app.importFile(file);
          }}
        >
          <Icon name="upload" size={16} />
          {t.conversations.import}
        </FileButton>
        <button type="button" class="quiet-link" onClick={() => void app.export()}>
          <Icon name="download" size={16} />
          {t.conversations.exportAll}
        </button>
        <IconButton
          icon="list-checks"
          label={t.conversations.selectSome}
          disabled={app.library.conversations.length === 0}
          onClick={() => app.library.beginSelection()}
        />
      </div>
      <div class="sidebar-tools">
        <select
          class="language"
          aria-label={t.languageChoice}
          value={language.value}
          onChange={({ currentTarget }) => {
            language.value = currentTarget.value;
          }}
        >
          {languages.map((code) => (
            <option key={code} value={code} lang={code}>
              {nameOf(code)}
            </option>
          ))}
        </select>
        <IconButton
          icon="keyboard"
          label={t.keys}
          onClick={() => {
            app.overlay.value = 'shortcuts';
          }}
        />
        <ThemeButton settings={app.settings} />
      </div>
    </div>
  );
}

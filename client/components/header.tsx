import { LogOutButton } from '../login/log-out-button.tsx';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

/** Above what is open: its name, the model that answers, and the way to everything else. */
export function Header({ app }: { readonly app: AppState }) {
  const t = texts.value;
  const model = app.model.value;
  const screen = app.view.screen.value;
  const conversation = screen.at === 'chat' ? screen.conversation : undefined;
  const name =
    screen.at === 'clips'
      ? t.clips.title
      : screen.at === 'chat'
        ? (app.conversationTitle ?? t.newChat)
        : undefined;
  return (
    <header class="header">
      <IconButton
        icon="menu"
        class="list-button"
        label={t.conversations.title}
        expanded={app.isListOpen.value}
        onClick={() => {
          app.isListOpen.value = !app.isListOpen.value;
        }}
      />
      <p class="header-title" title={name}>
        {name ?? <span class="brand-name">stan-llava</span>}
      </p>
      {model && (
        <span class="package" title={model.about}>
          {model.name}
        </span>
      )}
      {conversation && app.sharing.isOffered.value && (
        <IconButton
          icon="share-2"
          label={conversation.info.shared ? t.conversations.stopSharing : t.conversations.share}
          pressed={conversation.info.shared}
          onClick={() => void app.sharing.share(!conversation.info.shared)}
        />
      )}
      <button
        type="button"
        class="palette-button"
        onClick={() => {
          app.overlay.value = 'palette';
        }}
      >
        <Icon name="search" size={16} />
        <span class="unseen">{t.palette.title}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <LogOutButton onFailure={(thrown) => app.view.fail(thrown)} />
      <IconButton icon="plus" class="header-new" label={t.newChat} onClick={() => app.startOver()} />
    </header>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { ChatView } from './components/chat-view.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { Header } from './components/header.tsx';
import { Shortcuts } from './components/shortcuts.tsx';
import { Sidebar } from './components/sidebar.tsx';
import { StartView } from './components/start-view.tsx';
import { onKey } from './keyboard.ts';
import type { AppState } from './state/app-state.ts';

export function App({ app }: { readonly app: AppState }) {
  // on a narrow screen only; a wide one has room for it at all times
  const [isListShown, setListShown] = useState(false);
  const [isHelpShown, setHelpShown] = useState(false);

  useEffect(() => {
    void app.begin();
    const actions = {
      app,
      showList: () => setHelpShown(true),
      showConversations: () => setListShown(true),
    };
    const listen = (event: KeyboardEvent) => onKey(event, actions);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [app]);

  const screen = app.view.screen.value;
  return (
    <DropTarget onFile={(file) => app.take(file)}>
      <Header
        app={app}
        isListShown={isListShown}
        onList={() => setListShown(!isListShown)}
        onHelp={() => setHelpShown(true)}
      />
      <div class={isListShown ? 'page with-list' : 'page'}>
        <Sidebar app={app} onClose={() => setListShown(false)} />
        {screen.at === 'start' ? (
          <StartView app={app} failure={screen.failure} />
        ) : (
          <ChatView app={app} screen={screen} />
        )}
      </div>
      {isHelpShown && <Shortcuts onClose={() => setHelpShown(false)} />}
    </DropTarget>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { ChatView } from './components/chat-view.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { Header } from './components/header.tsx';
import { Shortcuts } from './components/shortcuts.tsx';
import { Sidebar } from './components/sidebar.tsx';
import { StartView } from './components/start-view.tsx';
import { onKey } from './keyboard.ts';
import type { AppState } from './state/app-state.ts';

export function App({ visit }: { readonly visit: AppState }) {
  // on a narrow screen only; a wide one has room for it at all times
  const [isListShown, setListShown] = useState(false);
  const [isHelpShown, setHelpShown] = useState(false);

  useEffect(() => {
    void visit.begin();
    const actions = {
      visit,
      showList: () => setHelpShown(true),
      showConversations: () => setListShown(true),
    };
    const listen = (event: KeyboardEvent) => onKey(event, actions);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [visit]);

  const screen = visit.display.screen.value;
  return (
    <DropTarget onFile={(file) => visit.take(file)}>
      <Header
        visit={visit}
        isListShown={isListShown}
        onList={() => setListShown(!isListShown)}
        onHelp={() => setHelpShown(true)}
      />
      <div class={isListShown ? 'page with-list' : 'page'}>
        <Sidebar visit={visit} onClose={() => setListShown(false)} />
        {screen.at === 'start' ? (
          <StartView visit={visit} failure={screen.failure} />
        ) : (
          <ChatView visit={visit} screen={screen} />
        )}
      </div>
      {isHelpShown && <Shortcuts onClose={() => setHelpShown(false)} />}
    </DropTarget>
  );
}

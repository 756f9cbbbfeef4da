import { useEffect, useState } from 'preact/hooks';
import { ChatView } from './components/chat-view.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { Header } from './components/header.tsx';
import { Sidebar } from './components/sidebar.tsx';
import { StartView } from './components/start-view.tsx';
import type { Visit } from './state/visit.ts';

export function App({ visit }: { readonly visit: Visit }) {
  useEffect(() => {
    void visit.begin();
  }, [visit]);

  useEffect(() => {
    const stopOnEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') void visit.stop();
    };
    document.addEventListener('keydown', stopOnEscape);
    return () => document.removeEventListener('keydown', stopOnEscape);
  }, [visit]);

  // on a narrow screen only; a wide one has room for it at all times
  const [isListShown, setListShown] = useState(false);
  const screen = visit.screen.value;
  return (
    <DropTarget onFile={(file) => visit.chooseFile(file)}>
      <Header visit={visit} isListShown={isListShown} onList={() => setListShown(!isListShown)} />
      <div class={isListShown ? 'page with-list' : 'page'}>
        <Sidebar visit={visit} onClose={() => setListShown(false)} />
        {screen.at === 'start' ? <StartView visit={visit} failure={screen.failure} /> : null}
        {screen.at === 'start' ? null : <ChatView visit={visit} screen={screen} />}
      </div>
    </DropTarget>
  );
}

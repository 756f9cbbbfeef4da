import { useEffect } from 'preact/hooks';
import { ChatView } from './components/chat-view.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { Header } from './components/header.tsx';
import { StartView } from './components/start-view.tsx';
import type { Visit } from './state/visit.ts';

export function App({ visit }: { readonly visit: Visit }) {
  useEffect(() => {
    void visit.loadModel();
  }, [visit]);

  useEffect(() => {
    const stopOnEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') void visit.stop();
    };
    document.addEventListener('keydown', stopOnEscape);
    return () => document.removeEventListener('keydown', stopOnEscape);
  }, [visit]);

  const screen = visit.screen.value;
  return (
    <DropTarget onFile={(file) => visit.chooseFile(file)}>
      <Header visit={visit} />
      {screen.at === 'start' ? <StartView visit={visit} failure={screen.failure} /> : null}
      {screen.at === 'start' ? null : <ChatView visit={visit} screen={screen} />}
    </DropTarget>
  );
}

import { useEffect, useLayoutEffect } from 'preact/hooks';
import { ChatView } from './components/chat-view.tsx';
import { ClipsView } from './components/clips-view.tsx';
import { CommandPalette } from './components/command-palette.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { Header } from './components/header.tsx';
import { Shortcuts } from './components/shortcuts.tsx';
import { Sidebar } from './components/sidebar.tsx';
import { StartView } from './components/start-view.tsx';
import { ToastList } from './components/toast-list.tsx';
import { onKey } from './keyboard.ts';
import { texts } from './messages/language.ts';
import type { AppState } from './state/app-state.ts';

export function App({ app }: { readonly app: AppState }) {
  useEffect(() => void app.begin(), [app]);
  // with the first render, not after it is drawn: until then keys would do nothing
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event, app);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [app]);

  const screen = app.view.screen.value;
  const overlay = app.overlay.value;
  const closeOverlay = () => {
    app.overlay.value = undefined;
  };
  return (
    <DropTarget onFiles={(files) => app.take(files)}>
      <button type="button" class="skip button primary" onClick={() => app.landmarks.focus('content')}>
        {texts.value.skip}
      </button>
      <div class={app.isListOpen.value ? 'layout with-list' : 'layout'}>
        <Sidebar app={app} />
        <div class="stage">
          <Header app={app} />
          {screen.at === 'start' && <StartView app={app} failure={screen.failure} />}
          {screen.at === 'clips' && <ClipsView app={app} failure={screen.failure} />}
          {screen.at === 'chat' && <ChatView app={app} chat={screen} />}
        </div>
      </div>
      <ToastList toasts={app.toasts} />
      {overlay === 'shortcuts' && <Shortcuts onClose={closeOverlay} />}
      {overlay === 'palette' && <CommandPalette app={app} onClose={closeOverlay} />}
    </DropTarget>
  );
}

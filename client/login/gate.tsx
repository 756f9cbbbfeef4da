import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { App } from '../app.tsx';
import { AppState } from '../state/app-state.ts';
import { failureFrom } from '../state/failure.ts';
import { rest } from '../state/rest.ts';
import { LogInView } from './log-in-view.tsx';
import { Settings } from '../state/settings.ts';
import { session } from './session.ts';

/** Milliseconds until the server is asked again, where it cannot say yet whether it wants a key. */
const askAgainMs = 1000;

/** Colours and language are the reader's own from the first moment, also where a key is asked for. */
const settings = new Settings();
const needsKey = signal<boolean | undefined>(undefined);

/** The page, or the way in where the server asks for a key. */
export function Gate() {
  useEffect(() => void askUntilKnown(), []);
  if (needsKey.value === undefined) return null;
  return needsKey.value ? <LogInView /> : <OpenPage />;
}

function OpenPage() {
  const [app] = useState(() => new AppState(settings));
  const isOpen = app.connection.isOpen.value;
  // a connection also ends because the key was revoked
  useEffect(() => {
    if (!isOpen) void askUntilKnown();
  }, [isOpen]);
  return <App app={app} />;
}

async function askUntilKnown(): Promise<void> {
  for (;;) {
    try {
      session.value = await rest.session();
      needsKey.value ??= false;
      return;
    } catch (thrown) {
      if (failureFrom(thrown).code === 'unauthorized') {
        session.value = undefined;
        needsKey.value = true;
        return;
      }
      // a server that still loads shows the page meanwhile
      needsKey.value ??= false;
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }
}

import { texts } from '../messages/language.ts';
import type { ChatScreen } from '../state/screen.ts';
import type { AppState } from '../state/app-state.ts';

/** The clips of a conversation by their names: one is shown, and those nobody has asked about yet can be taken out. */
export function ClipTabs({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  const t = texts.value.clip;
  const removable = (id: string) => chat.pendingClips.includes(id) && chat.clips.length > 1;
  return (
    <ul class="clip-tabs" aria-label={t.several}>
      {chat.clips.map(({ video: { id, name } }) => (
        <li key={id} class="clip-tab">
          <button
            type="button"
            class="chip"
            aria-pressed={id === chat.shown}
            title={name}
            onClick={() => app.clips.choose(id)}
          >
            {name}
          </button>
          {removable(id) && (
            <button
              type="button"
              class="icon"
              aria-label={t.takeOut(name)}
              onClick={() => app.clips.drop(id)}
            >
              ✕
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

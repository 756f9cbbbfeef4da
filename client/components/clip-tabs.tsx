import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { ChatScreen } from '../state/screen.ts';
import { ClipLabel } from './clip-label.tsx';
import { IconButton } from './icon-button.tsx';

/** The clips of a conversation: one is shown, and those that no question has brought yet can be taken out. */
export function ClipTabs({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  const { clip: t } = texts.value;
  const asked = new Set(chat.conversation?.messages.flatMap(({ videoIds }) => videoIds));
  return (
    <ul class="clip-tabs" aria-label={t.several}>
      {chat.clips.map(({ video: { id, name } }, index) => (
        <li key={id} class="clip-tab">
          <button
            type="button"
            class="chip"
            aria-pressed={id === chat.shown}
            title={name}
            onClick={() => app.clips.choose(id)}
          >
            <ClipLabel index={index} />
            <span class="chip-text">{name}</span>
          </button>
          {!asked.has(id) && chat.clips.length > 1 && (
            <IconButton icon="x" label={t.takeOut(name)} onClick={() => app.clips.drop(id)} />
          )}
        </li>
      ))}
    </ul>
  );
}

import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type ChatScreen, clipIndex } from '../state/screen.ts';
import { timeSpan } from '../state/wording.ts';
import { ClipLabel } from './clip-label.tsx';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

/** The part that the next question is about, and a way back to all of the clip. */
export function PartChip({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  const t = texts.value.timeline;
  const { part } = chat;
  if (part === undefined) return null;
  return (
    <div class="part">
      <span class="part-chip">
        <Icon name="clock" size={14} />
        {chat.clips.length > 1 && <ClipLabel index={clipIndex(chat, part.videoId)} />}
        <span>{t.asksAbout(timeSpan(part))}</span>
        <IconButton
          icon="x"
          label={t.removePart}
          onClick={() => {
            app.clips.choosePart(undefined);
            app.landmarks.focus('question');
          }}
        />
      </span>
    </div>
  );
}

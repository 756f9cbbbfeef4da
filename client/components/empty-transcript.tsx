import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type ChatScreen, shownClip } from '../state/screen.ts';
import { posterUrl } from '../state/videos.ts';

/** Where questions will stand: what they will be about, and that one can be picked or written. */
export function EmptyTranscript({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  const { chat: t } = texts.value;
  const video = shownClip(chat)?.video;
  const frames = app.model.value?.frames;
  const hasClip = chat.clips.length > 0 || chat.uploads.length > 0;
  return (
    <div class="transcript-empty">
      {video && frames !== undefined && <img src={posterUrl(video.id, frames)} alt="" />}
      <p>{hasClip ? t.nothingAsked : t.withoutClip}</p>
    </div>
  );
}

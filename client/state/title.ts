import type { Messages } from '../messages/en.ts';
import type { Screen } from './screen.ts';

/** What the browser calls the page: in its tab, its history and its bookmarks. */
export function titleOf(screen: Screen, conversationTitle: string | undefined, t: Messages): string {
  if (screen.at === 'clips') return `${t.clips.title} · stan-llava`;
  if (screen.at !== 'chat') return 'stan-llava';
  const name = conversationTitle ?? screen.clips[0]?.video.name;
  return name === undefined ? 'stan-llava' : `${name} · stan-llava`;
}

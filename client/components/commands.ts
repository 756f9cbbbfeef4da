import { searchConversations } from '../keyboard.ts';
import { languages, nameOf } from '../messages/language.ts';
import type { Messages } from '../messages/en.ts';
import type { AppState } from '../state/app-state.ts';
import type { IconName } from './icon-shapes.ts';
import type { Theme } from '../state/settings.ts';
import { themeIcons } from './theme-button.tsx';

export interface Command {
  readonly name: string;
  readonly icon: IconName;
  /** The keys that do the same. */
  readonly keys?: string;
  readonly run: () => void;
}

const themes: readonly Theme[] = ['light', 'dark', 'system'];

/** What the command palette offers. */
export function commandsOf(app: AppState, t: Messages): Command[] {
  const { view, library, settings } = app;
  const inChat: Command[] = [
    { name: t.palette.write, icon: 'message-square', run: () => app.landmarks.focus('question') },
    { name: t.palette.play, icon: 'play', run: () => playOrPause(app) },
    { name: t.mode.stan, icon: 'film', run: () => void app.clips.setMode('stan') },
    { name: t.mode.plain, icon: 'square', run: () => void app.clips.setMode('plain') },
  ];
  return [
    { name: t.newChat, icon: 'plus', keys: 'Ctrl Shift O', run: () => app.startOver() },
    { name: t.withoutClip, icon: 'message-square', run: () => app.beginWithoutClip() },
    { name: t.clips.title, icon: 'layout-grid', run: () => void app.showClips() },
    ...(view.screen.value.at === 'chat' ? inChat : []),
    { name: t.conversations.search, icon: 'search', keys: '/', run: () => searchConversations(app) },
    { name: t.conversations.exportAll, icon: 'download', run: () => void app.export() },
    {
      name: t.keys,
      icon: 'keyboard',
      keys: '?',
      run: () => {
        app.overlay.value = 'shortcuts';
      },
    },
    ...themes.map((theme) => themeCommand(app, t, theme)),
    ...languages.map((code) => ({
      name: `${t.languageChoice}: ${nameOf(code)}`,
      icon: 'info' as const,
      run: () => {
        settings.language.value = code;
      },
    })),
    ...library.conversations.map(({ id, title }) => ({
      name: t.palette.openConversation(title),
      icon: 'message-square' as const,
      run: () => void app.open(id),
    })),
  ];
}

function themeCommand({ settings }: AppState, t: Messages, theme: Theme): Command {
  const run = (): void => {
    settings.theme.value = theme;
  };
  return { name: t.theme[theme], icon: themeIcons[theme], run };
}

function playOrPause({ landmarks: { player } }: AppState): void {
  if (player === undefined) return;
  if (player.paused) void player.play();
  else player.pause();
}

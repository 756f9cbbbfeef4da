import { texts } from '../messages/language.ts';
import { IconButton } from './icon-button.tsx';
import type { IconName } from './icon-shapes.ts';
import type { Settings, Theme } from '../state/settings.ts';

const next: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' };
export const themeIcons: Readonly<Record<Theme, IconName>> = {
  system: 'monitor',
  dark: 'moon',
  light: 'sun',
};

export function ThemeButton({ settings: { theme } }: { readonly settings: Settings }) {
  const name = texts.value.theme[theme.value];
  return (
    <IconButton
      icon={themeIcons[theme.value]}
      label={name}
      onClick={() => {
        theme.value = next[theme.value];
      }}
    />
  );
}

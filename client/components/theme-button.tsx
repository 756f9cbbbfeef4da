import { texts } from '../messages/language.ts';
import type { Settings, Theme } from '../state/settings.ts';

const next: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' };
const signs: Readonly<Record<Theme, string>> = { system: '◐', dark: '☾', light: '☀' };

export function ThemeButton({ settings: { theme } }: { readonly settings: Settings }) {
  const name = texts.value.theme[theme.value];
  return (
    <button
      type="button"
      class="icon"
      aria-label={name}
      title={name}
      onClick={() => {
        theme.value = next[theme.value];
      }}
    >
      {signs[theme.value]}
    </button>
  );
}

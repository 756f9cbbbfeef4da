import type { Settings, Theme } from '../state/settings.ts';

const next: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' };
const looks: Readonly<Record<Theme, readonly [sign: string, name: string]>> = {
  system: ['◐', 'Colours: as the system has them'],
  dark: ['☾', 'Colours: dark'],
  light: ['☀', 'Colours: light'],
};

export function ThemeButton({ settings: { theme } }: { readonly settings: Settings }) {
  const [sign, name] = looks[theme.value];
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
      {sign}
    </button>
  );
}

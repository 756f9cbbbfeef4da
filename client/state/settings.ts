import { effect, signal } from '@preact/signals';
import { z } from 'zod';
import { chatSettings } from '#contract/chat.ts';
import { firstKnown, loadLanguage } from '../messages/language.ts';
import { jsonOrNothing } from '#contract/client-error.ts';

const answerSettings = chatSettings.omit({ mode: true, seed: true });
const preset = z.object({ name: z.string().min(1).max(60), settings: answerSettings });
const storedSettings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Absent for the first of the browser's languages that there is. */
  language: z.string().optional(),
  chat: answerSettings.default({}),
  presets: z.array(preset).default([]),
  isDemoNoticeHidden: z.boolean().default(false),
});
export type Theme = z.infer<typeof storedSettings>['theme'];
/** How answers are made; what is absent is as the server has it. */
export type AnswerSettings = z.infer<typeof answerSettings>;
export type SettingName = keyof AnswerSettings;
export type Preset = z.infer<typeof preset>;

const storageKey = 'stan-llava';

/** What this browser remembers of a person's choices. */
export class Settings {
  readonly theme = signal<Theme>('system');
  /** Code of the page's language, such as `en` or `pt-BR`. */
  readonly language = signal('en');
  readonly answers = signal<AnswerSettings>({});
  /** Settings under a name, the newest last. */
  readonly presets = signal<readonly Preset[]>([]);
  readonly isDemoNoticeHidden = signal(false);
  /** Settings whose fields hold what cannot be: nothing is asked until they are mended. */
  readonly invalid = signal<ReadonlySet<SettingName>>(new Set());

  constructor() {
    const stored = storedSettings.safeParse(jsonOrNothing(localStorage.getItem(storageKey) ?? '')).data;
    this.theme.value = stored?.theme ?? 'system';
    this.answers.value = stored?.chat ?? {};
    this.presets.value = stored?.presets ?? [];
    this.isDemoNoticeHidden.value = stored?.isDemoNoticeHidden ?? false;
    this.language.value = firstKnown([stored?.language ?? '', ...navigator.languages]);
    effect(() => {
      void loadLanguage(this.language.value).catch(() => {
        this.language.value = 'en';
      });
    });
    effect(() => {
      const kept: z.input<typeof storedSettings> = {
        theme: this.theme.value,
        language: this.language.value,
        chat: this.answers.value,
        presets: [...this.presets.value],
        isDemoNoticeHidden: this.isDemoNoticeHidden.value,
      };
      localStorage.setItem(storageKey, JSON.stringify(kept));
      if (kept.theme === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = kept.theme;
    });
  }

  /** Takes a setting as it was typed; an empty one is the server's own again. */
  set(name: SettingName, typed: string): void {
    const { [name]: _before, ...others } = this.answers.value;
    const value = name === 'system' ? typed : Number(typed);
    const changed = typed.trim() === '' ? others : { ...others, [name]: value };
    const parsed = answerSettings.safeParse(changed).data;
    if (parsed !== undefined) this.answers.value = parsed;
    const invalid = new Set(this.invalid.value);
    if (parsed === undefined) invalid.add(name);
    else invalid.delete(name);
    this.invalid.value = invalid;
  }

  reset(): void {
    this.use({});
  }

  use(settings: AnswerSettings): void {
    this.answers.value = settings;
    this.invalid.value = new Set();
  }

  /** Keeps the settings under a name; one that has the name is replaced. */
  keepPreset(name: string): void {
    const others = this.presets.value.filter((preset) => preset.name !== name);
    this.presets.value = [...others, { name, settings: this.answers.value }];
  }

  removePreset(name: string): void {
    this.presets.value = this.presets.value.filter((preset) => preset.name !== name);
  }
}

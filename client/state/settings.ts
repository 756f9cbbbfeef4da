import { effect, signal } from '@preact/signals';
import { z } from 'zod';
import { chatSettings } from '#contract/chat.ts';
import { firstKnown, speak } from '../messages/language.ts';
import { jsonOrNothing } from '#contract/client-error.ts';

const storedSettings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Absent for the first of the browser's languages that there is. */
  language: z.string().optional(),
  chat: chatSettings.omit({ mode: true, seed: true }).default({}),
});
export type Theme = z.infer<typeof storedSettings>['theme'];
/** How answers are made; what is absent is as the server has it. */
export type AnswerSettings = z.infer<typeof storedSettings>['chat'];

const storageKey = 'stan-llava';

/** What this browser remembers of a person's choices. */
export class Settings {
  readonly theme = signal<Theme>('system');
  /** Code of the page's language. */
  readonly language = signal('en');
  readonly answers = signal<AnswerSettings>({});

  constructor() {
    const stored = storedSettings.safeParse(jsonOrNothing(localStorage.getItem(storageKey) ?? '')).data;
    this.theme.value = stored?.theme ?? 'system';
    this.answers.value = stored?.chat ?? {};
    this.language.value = firstKnown([stored?.language ?? '', ...navigator.languages]);
    effect(() => {
      void speak(this.language.value).catch(() => {
        this.language.value = 'en';
      });
    });
    effect(() => {
      const theme = this.theme.value;
      const language = this.language.value;
      localStorage.setItem(storageKey, JSON.stringify({ theme, language, chat: this.answers.value }));
      if (theme === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = theme;
    });
  }

  /** Takes a setting as it was typed; an empty one is the server's own again. Says whether it can be. */
  set(name: keyof AnswerSettings, typed: string): boolean {
    const { [name]: _before, ...others } = this.answers.value;
    const value = name === 'system' ? typed : Number(typed);
    const changed = typed.trim() === '' ? others : { ...others, [name]: value };
    const parsed = storedSettings.shape.chat.safeParse(changed).data;
    if (parsed !== undefined) this.answers.value = parsed;
    return parsed !== undefined;
  }
}

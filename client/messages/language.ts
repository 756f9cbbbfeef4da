/// <reference types="vite/client" />
import { signal } from '@preact/signals';
import { type Messages, messages as english } from './en.ts';

/** A file for each language beside this one, named by its code, such as `vi` or `pt-BR`; fetched when it is chosen. */
const files = import.meta.glob<{ messages: Messages }>([
  './*.ts',
  '!./en.ts',
  '!./language.ts',
  '!./plural.ts',
]);

/** Codes of the languages there are. */
export const languages: readonly string[] = ['en', ...Object.keys(files).map((path) => path.slice(2, -3))];

/** The texts of the language that was chosen. */
export const texts = signal<Messages>(english);

/** What a language calls itself. */
export function nameOf(language: string): string {
  return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
}

/** The first of these that there is, the same region before the same language; English where there is none. */
export function firstKnown(wanted: readonly string[], known: readonly string[] = languages): string {
  const languageOf = (tag: string) => tag.toLowerCase().split('-')[0];
  for (const tag of wanted) {
    const found =
      known.find((code) => code.toLowerCase() === tag.toLowerCase()) ??
      known.find((code) => languageOf(code) === languageOf(tag));
    if (found !== undefined) return found;
  }
  return 'en';
}

/** The last one requested: the file of one requested before may come later. */
let latest = 'en';

/** Changes the language of the page. Rejects where its file cannot be fetched; then the page stays as it is. */
export async function loadLanguage(language: string): Promise<void> {
  latest = language;
  const file = await files[`./${language}.ts`]?.();
  if (latest !== language) return;
  texts.value = file?.messages ?? english;
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur', 'yi', 'ps', 'sd', 'ug', 'dv']);

function directionOf(language: string): 'ltr' | 'rtl' {
  return rightToLeft.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

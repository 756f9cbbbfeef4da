/// <reference types="vite/client" />
import { signal } from '@preact/signals';
import { type Messages, messages as english } from './en.ts';

/** A file for each language beside this one; they are fetched when they are chosen. */
const files = import.meta.glob<{ messages: Messages }>(['./??.ts', '!./en.ts']);

/** Codes of the languages there are. */
export const languages: readonly string[] = ['en', ...Object.keys(files).map((path) => path.slice(2, -3))];

/** The words of the language that was chosen. */
export const texts = signal<Messages>(english);

/** What a language calls itself. */
export function nameOf(language: string): string {
  return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
}

/** The first of these that there is; English where there is none. */
export function firstKnown(wanted: readonly string[]): string {
  const codes = wanted.map((tag) => tag.slice(0, 2).toLowerCase());
  return codes.find((code) => languages.includes(code)) ?? 'en';
}

/** The last one asked for: the file of one asked for before may come later. */
let wanted = 'en';

/** Changes the language of the page. Rejects where its file cannot be fetched; then the page stays as it is. */
export async function speak(language: string): Promise<void> {
  wanted = language;
  const file = await files[`./${language}.ts`]?.();
  if (wanted !== language) return;
  texts.value = file?.messages ?? english;
  document.documentElement.lang = language;
}

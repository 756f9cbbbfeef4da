import { signal } from '@preact/signals';
import { z } from 'zod';
import { jsonOrNothing } from '#contract/client-error.ts';

const storageKey = 'stan-llava-drafts';
const stored = z.record(z.string(), z.string());

/** Where a draft belongs before there is a conversation. */
export const newConversation = 'new';

/** What was typed and not asked yet, for each conversation; this browser keeps it over reloads. */
export class Drafts {
  readonly #texts = signal<Readonly<Record<string, string>>>({});

  constructor() {
    this.#texts.value = stored.safeParse(jsonOrNothing(localStorage.getItem(storageKey) ?? '')).data ?? {};
  }

  of(conversationId: string | undefined): string {
    return this.#texts.value[conversationId ?? newConversation] ?? '';
  }

  set(conversationId: string | undefined, text: string): void {
    const { [conversationId ?? newConversation]: _before, ...others } = this.#texts.peek();
    this.#texts.value = text === '' ? others : { ...others, [conversationId ?? newConversation]: text };
    localStorage.setItem(storageKey, JSON.stringify(this.#texts.value));
  }

  /** Puts a question that could not be asked back where it was typed, before what is there by now. */
  giveBack(conversationId: string | undefined, text: string): void {
    this.set(conversationId, [text, this.of(conversationId)].filter(Boolean).join('\n'));
  }
}

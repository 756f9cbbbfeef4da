import { signal } from '@preact/signals';
import { z } from 'zod';
import { jsonOrNothing } from '#contract/client-error.ts';
import { clipPart } from './clip-part.ts';

const queuedQuestion = z.object({
  /** Idempotency key: sent again after a lost connection, the question is still asked once. */
  key: z.string(),
  text: z.string(),
  videoIds: z.array(z.string()),
  /** The part of a clip that it is about. */
  part: clipPart.optional(),
  /** Absent until the first question has made the conversation. */
  conversationId: z.string().optional(),
  /** The answer it follows; absent for the last one at the time of sending. */
  parentId: z.string().nullable().optional(),
});
export type QueuedQuestion = Readonly<z.infer<typeof queuedQuestion>>;

const storageKey = 'stan-llava-outbox';

/** Questions that wait for a clip, an answer or the connection. Those of a conversation survive a reload. */
export class Outbox {
  readonly questions = signal<readonly QueuedQuestion[]>([]);

  constructor() {
    const found = jsonOrNothing(localStorage.getItem(storageKey) ?? '');
    this.questions.value = z.array(queuedQuestion).safeParse(found).data ?? [];
  }

  /** In the order in which they were asked. */
  of(conversationId: string | undefined): QueuedQuestion[] {
    return this.questions.value.filter((question) => question.conversationId === conversationId);
  }

  has(key: string): boolean {
    return this.questions.peek().some((question) => question.key === key);
  }

  add(question: QueuedQuestion): void {
    this.#set([...this.questions.peek(), question]);
  }

  remove(key: string): void {
    this.#set(this.questions.peek().filter((question) => question.key !== key));
  }

  /** The conversation of those that had none yet. */
  adopt(conversationId: string): void {
    this.#set(this.questions.peek().map((question) => ({ conversationId, ...question })));
  }

  #set(questions: readonly QueuedQuestion[]): void {
    this.questions.value = questions;
    localStorage.setItem(storageKey, JSON.stringify(questions));
  }
}

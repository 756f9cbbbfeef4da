import { ChatStore } from './chat-store.ts';
import type { Database } from './database.ts';
import { GenerationStore } from './generation-store.ts';
import { QuestionStore } from './question-store.ts';

export interface ChatStores {
  readonly store: ChatStore;
  readonly questions: QuestionStore;
  readonly generations: GenerationStore;
}

/** What a chat service keeps in one database. */
export function chatStores(database: Database): ChatStores {
  return {
    store: new ChatStore(database),
    questions: new QuestionStore(database),
    generations: new GenerationStore(database),
  };
}

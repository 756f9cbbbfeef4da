import { signal } from '@preact/signals';
import type { Conversation } from '#contract/chat.ts';
import type { Connection } from './connection.ts';

export interface LibraryParts {
  readonly connection: Connection;
  readonly onFailure: (thrown: unknown) => void;
}

const most = 200;

/** The conversations that the server keeps, as far as they are searched for. No method rejects. */
export class Library {
  readonly conversations = signal<readonly Conversation[]>([]);
  readonly search = signal('');
  readonly #connection: Connection;
  readonly #onFailure: (thrown: unknown) => void;

  constructor({ connection, onFailure }: LibraryParts) {
    this.#connection = connection;
    this.#onFailure = onFailure;
  }

  async refresh(): Promise<void> {
    await this.#try(async () => undefined);
  }

  async find(search: string): Promise<void> {
    this.search.value = search.trim();
    await this.refresh();
  }

  async rename(conversationId: string, title: string): Promise<void> {
    await this.#try(() => this.#connection.request('conversation:rename', { conversationId, title }));
  }

  /** Whether it is missingClips now. */
  async remove(conversationId: string): Promise<boolean> {
    return this.#try(() => this.#connection.request('conversation:delete', { conversationId }));
  }

  /** Changes something, then shows what there is. */
  async #try(change: () => Promise<unknown>): Promise<boolean> {
    try {
      await change();
      const search = this.search.value;
      const request = { limit: most, ...(search !== '' && { search }) };
      const { conversations } = await this.#connection.request('conversation:list', request);
      // a slow answer to what was typed before is not shown
      if (search === this.search.value) this.conversations.value = conversations;
      return true;
    } catch (thrown) {
      this.#onFailure(thrown);
      return false;
    }
  }
}

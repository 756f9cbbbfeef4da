import { signal } from '@preact/signals';
import type { Conversation } from '../../server/chat/contract.ts';
import type { Connection } from './connection.ts';

const most = 200;

/** The conversations that the server keeps, as far as they are searched for. */
export class Library {
  readonly conversations = signal<readonly Conversation[]>([]);
  readonly search = signal('');
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws `PageError`, as all that follow. */
  async refresh(): Promise<void> {
    const search = this.search.value;
    const request = { limit: most, ...(search !== '' && { search }) };
    const { conversations } = await this.#connection.request('conversation:list', request);
    // a slow answer to what was typed before is not shown
    if (search === this.search.value) this.conversations.value = conversations;
  }

  async find(search: string): Promise<void> {
    this.search.value = search.trim();
    await this.refresh();
  }

  async rename(conversationId: string, title: string): Promise<void> {
    await this.#connection.request('conversation:rename', { conversationId, title });
    await this.refresh();
  }

  async remove(conversationId: string): Promise<void> {
    await this.#connection.request('conversation:delete', { conversationId });
    await this.refresh();
  }
}

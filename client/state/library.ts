import { signal } from '@preact/signals';
import type { ConversationSummary } from '#contract/chat.ts';
import type { Connection } from './connection.ts';

export interface LibraryParts {
  readonly connection: Connection;
  readonly onFailure: (thrown: unknown) => void;
}

const maxListed = 200;

/** The conversations that the server keeps, as far as they are searched for. No method rejects. */
export class Library {
  readonly #found = signal<readonly ConversationSummary[]>([]);
  readonly search = signal('');
  /** Those that something is to be done with; absent while none are being selected. */
  readonly selected = signal<ReadonlySet<string> | undefined>(undefined);
  /** Deleted here, and not yet on the server: the deletion can be undone. */
  readonly #deleted = signal<ReadonlySet<string>>(new Set());
  readonly #connection: Connection;
  readonly #onFailure: (thrown: unknown) => void;

  constructor({ connection, onFailure }: LibraryParts) {
    this.#connection = connection;
    this.#onFailure = onFailure;
  }

  get conversations(): readonly ConversationSummary[] {
    return this.#found.value.filter(({ id }) => !this.#deleted.value.has(id));
  }

  beginSelection(): void {
    this.selected.value = new Set();
  }

  endSelection(): void {
    this.selected.value = undefined;
  }

  toggle(conversationId: string): void {
    const selected = new Set(this.selected.value);
    if (!selected.delete(conversationId)) selected.add(conversationId);
    this.selected.value = selected;
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

  async pin(conversationId: string, pinned: boolean): Promise<void> {
    await this.#try(() => this.#connection.request('conversation:pin', { conversationId, pinned }));
  }

  /** Takes conversations out of the list; the server keeps them until `confirmDeletion`. */
  hide(conversationIds: readonly string[]): void {
    this.#deleted.value = new Set([...this.#deleted.value, ...conversationIds]);
  }

  restore(conversationIds: readonly string[]): void {
    this.#deleted.value = new Set([...this.#deleted.value].filter((id) => !conversationIds.includes(id)));
  }

  /** Deletes on the server what is still hidden of these. */
  async confirmDeletion(conversationIds: readonly string[] = [...this.#deleted.value]): Promise<void> {
    const still = conversationIds.filter((id) => this.#deleted.value.has(id));
    await this.#try(() =>
      Promise.all(
        still.map((conversationId) => this.#connection.request('conversation:delete', { conversationId })),
      ),
    );
    this.restore(still);
  }

  /** Changes something, then shows what there is. */
  async #try(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
      const search = this.search.value;
      const request = { limit: maxListed, ...(search !== '' && { search }) };
      const { conversations } = await this.#connection.request('conversation:list', request);
      // a slow answer to what was typed before is not shown
      if (search === this.search.value) this.#found.value = conversations;
    } catch (thrown) {
      this.#onFailure(thrown);
    }
  }
}

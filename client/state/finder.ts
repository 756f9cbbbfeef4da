import { signal } from '@preact/signals';
import type { SearchReply } from '#contract/search.ts';
import { type Failure, failureFrom } from './failure.ts';
import { rest } from './rest.ts';

/** Clips of the server found by words. No method rejects. */
export class Finder {
  readonly found = signal<SearchReply | undefined>(undefined);
  readonly failure = signal<Failure | undefined>(undefined);
  readonly isBusy = signal(false);
  #current = new AbortController();

  /** The last search counts; an empty one shows nothing. */
  async find(query: string): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const { signal: over } = this.#current;
    this.failure.value = undefined;
    this.isBusy.value = query !== '';
    if (query === '') {
      this.found.value = undefined;
      return;
    }
    try {
      const found = await rest.search({ query, k: 12 }, over);
      if (!over.aborted) this.found.value = found;
    } catch (thrown) {
      if (!over.aborted) this.failure.value = failureFrom(thrown);
    } finally {
      if (!over.aborted) this.isBusy.value = false;
    }
  }
}

import { signal } from '@preact/signals';
import type { VideoResource } from '#contract/rest.ts';
import { type Failure, failureFrom } from './failure.ts';
import { rest } from './rest.ts';

/** The clips that the server keeps, and those that are selected. No method rejects. */
export class ClipLibrary {
  readonly videos = signal<readonly VideoResource[]>([]);
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly failure = signal<Failure | undefined>(undefined);
  /** Whether there are more clips than those that are listed. */
  readonly hasMore = signal(false);
  readonly isLoaded = signal(false);
  #next: number | undefined;

  async load(): Promise<void> {
    this.#next = undefined;
    await this.#fetch([]);
  }

  async loadMore(): Promise<void> {
    await this.#fetch(this.videos.value);
  }

  select(videoId: string, isSelected: boolean): void {
    const selected = new Set(this.selected.value);
    if (isSelected) selected.add(videoId);
    else selected.delete(videoId);
    this.selected.value = selected;
  }

  clearSelection(): void {
    this.selected.value = new Set();
  }

  /** Takes clips out of the list; `confirmDeletion` deletes them on the server, `load` shows them again. */
  hide(videoIds: readonly string[]): void {
    this.videos.value = this.videos.value.filter(({ id }) => !videoIds.includes(id));
    this.clearSelection();
  }

  async confirmDeletion(videoIds: readonly string[]): Promise<void> {
    try {
      await Promise.all(videoIds.map((id) => rest.removeVideo(id)));
    } catch (thrown) {
      this.failure.value = failureFrom(thrown);
    }
    await this.load();
  }

  async #fetch(before: readonly VideoResource[]): Promise<void> {
    try {
      const { videos, next } = await rest.videos({
        limit: 60,
        ...(this.#next !== undefined && { before: this.#next }),
      });
      this.videos.value = [...before, ...videos];
      this.#next = next ?? undefined;
      this.hasMore.value = next !== null;
      this.failure.value = undefined;
    } catch (thrown) {
      this.failure.value = failureFrom(thrown);
    } finally {
      this.isLoaded.value = true;
    }
  }
}

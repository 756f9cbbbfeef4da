import { signal } from '@preact/signals';
import type { AttentionReply } from '#contract/search.ts';
import { failureFrom } from './failure.ts';
import { rest } from './rest.ts';
import type { Found } from './screen.ts';

/** Where the video branch looks in the frames of each clip. Fetched once per clip; a failure is fetched again. */
export class Attention {
  readonly #found = signal<ReadonlyMap<string, Found<AttentionReply>>>(new Map());

  /** Neither value nor failure while it is on its way. */
  of(videoId: string): Found<AttentionReply> {
    return this.#found.value.get(videoId) ?? {};
  }

  /** Never rejects. */
  async load(videoId: string): Promise<void> {
    const known = this.#found.peek().get(videoId);
    if (known !== undefined && known.failure === undefined) return;
    this.#set(videoId, {});
    try {
      this.#set(videoId, { value: await rest.attention(videoId) });
    } catch (thrown) {
      this.#set(videoId, { failure: failureFrom(thrown) });
    }
  }

  #set(videoId: string, found: Found<AttentionReply>): void {
    this.#found.value = new Map([...this.#found.peek(), [videoId, found]]);
  }
}

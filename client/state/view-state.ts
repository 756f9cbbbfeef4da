import { signal } from '@preact/signals';
import { type Failure, failureFrom } from './failure.ts';
import type { ChatScreen, Screen } from './screen.ts';

/** What is on the screen, and how it changes. */
export class ViewState {
  readonly screen = signal<Screen>({ at: 'start' });
  /** Ends all that belongs to what is on the screen. */
  #screenScope = new AbortController();

  /** The conversation on the screen, if there is one. */
  get chat(): ChatScreen | undefined {
    const { value } = this.screen;
    return value.at === 'chat' ? value : undefined;
  }

  /** Aborted once something else is on the screen. */
  get signal(): AbortSignal {
    return this.#screenScope.signal;
  }

  show(screen: Screen): void {
    this.screen.value = screen;
  }

  /** Changes the conversation on the screen; nothing where there is none. */
  change(change: (chat: ChatScreen) => ChatScreen): void {
    const { chat } = this;
    if (chat !== undefined) this.screen.value = change(chat);
  }

  /** Shows what went wrong; what is on the screen stays. */
  fail(thrown: unknown): void {
    const failure = failureFrom(thrown);
    const { value } = this.screen;
    this.screen.value = { ...value, failure };
  }

  /** Back to the start. */
  leave(failure?: Failure): void {
    this.#screenScope.abort();
    this.#screenScope = new AbortController();
    for (const url of localFiles(this.screen.value)) URL.revokeObjectURL(url);
    this.screen.value = failure ? { at: 'start', failure } : { at: 'start' };
  }
}

function localFiles(screen: Screen): string[] {
  if (screen.at !== 'chat') return [];
  const played = [...screen.clips, ...screen.uploads].map((one) => one.played);
  return played.map(({ url }) => url).filter((url) => url.startsWith('blob:'));
}

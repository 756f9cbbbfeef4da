import { signal } from '@preact/signals';
import { sessionReply } from '#contract/session.ts';
import { texts } from '../messages/language.ts';
import type { Connection } from './connection.ts';
import type { Toasts } from './toasts.ts';
import type { ViewState } from './view-state.ts';

export interface SharingParts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly toasts: Toasts;
}

/** Links with which others read a conversation. Without keys everybody reads all of them anyhow. No method rejects. */
export class Sharing {
  /** Whether the server tells its users apart. */
  readonly isOffered = signal(false);
  readonly #parts: SharingParts;

  constructor(parts: SharingParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const response = await fetch('/v1/session').catch(() => undefined);
    if (response?.ok !== true) return;
    const session = sessionReply.safeParse(await response.json().catch(() => undefined)).data;
    this.isOffered.value = session !== undefined && session.user !== null;
  }

  /** Lets everybody with a key read the open conversation, and copies its link; or ends that. */
  async share(shared: boolean): Promise<void> {
    const { view, connection, toasts } = this.#parts;
    const conversationId = view.chat?.conversation?.info.id;
    if (conversationId === undefined) return;
    const t = texts.value.conversations;
    try {
      const { conversation: info } = await connection.request('conversation:share', {
        conversationId,
        shared,
      });
      view.change((chat) =>
        chat.conversation?.info.id === conversationId
          ? { ...chat, conversation: { ...chat.conversation, info } }
          : chat,
      );
      if (!shared) {
        toasts.show(t.notShared);
        return;
      }
      // plain http has no clipboard
      const isCopied = 'clipboard' in navigator;
      if (isCopied) await navigator.clipboard.writeText(location.href);
      toasts.show(isCopied ? t.shared : t.sharedAt(location.href), {
        label: t.stopSharing,
        run: () => void this.share(false),
      });
    } catch (thrown) {
      view.fail(thrown);
    }
  }
}

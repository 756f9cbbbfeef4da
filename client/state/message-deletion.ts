import { texts } from '../messages/language.ts';
import type { Connection } from './connection.ts';
import { withHidden, withoutBranch } from './conversation.ts';
import type { Toasts } from './toasts.ts';
import type { ViewState } from './view-state.ts';

/**
 * Deletes a message of the conversation on the screen with all that follows it. It is out of sight at once; the server deletes it
 * when the way back is gone.
 */
export function removeMessage(
  messageId: string,
  { view, connection, toasts }: { view: ViewState; connection: Connection; toasts: Toasts },
): void {
  const conversationId = view.chat?.conversation?.info.id;
  if (conversationId === undefined) return;
  const hide = (isHidden: boolean): void =>
    view.change((chat) =>
      chat.conversation?.info.id === conversationId
        ? { ...chat, conversation: withHidden(chat.conversation, messageId, isHidden) }
        : chat,
    );
  const confirm = async (): Promise<void> => {
    try {
      await connection.request('message:delete', { conversationId, messageId });
      view.change((chat) =>
        chat.conversation?.info.id === conversationId
          ? { ...chat, conversation: withoutBranch(chat.conversation, messageId) }
          : chat,
      );
    } catch (thrown) {
      hide(false);
      view.fail(thrown);
    }
  };
  hide(true);
  const { chat: t, conversations } = texts.value;
  toasts.show(t.messageDeleted, {
    label: conversations.undo,
    run: () => hide(false),
    onEnd: () => void confirm(),
  });
}

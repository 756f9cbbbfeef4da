import { setAddress } from './address.ts';
import type { Answers } from './answers.ts';
import { type Clips, storedClip } from './clips.ts';
import type { Connection } from './connection.ts';
import { openConversation, withMessages } from './conversation.ts';
import { failureFrom, PageError } from './failure.ts';
import { chatAbout } from './screen.ts';
import type { ViewState } from './view-state.ts';

interface Parts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly answers: Answers;
  readonly clips: Clips;
}

/** Shows a conversation of the server in place of what is on the screen, with its clips and messages. Does not reject. */
export async function showConversation(
  conversationId: string,
  { view, connection, answers, clips }: Parts,
): Promise<void> {
  view.leave();
  const { signal } = view;
  try {
    const read = await connection.request('conversation:read', { conversationId });
    if (signal.aborted) return;
    setAddress({ at: 'chat', conversationId });
    view.show({
      ...chatAbout(
        read.clips.flatMap(({ video }) => (video === null ? [] : storedClip(video))),
        read.conversation.settings.mode ?? 'stan',
      ),
      included: [],
      missingClips: read.clips.flatMap(({ name, video }) => (video === null ? name : [])),
      conversation: openConversation(read.conversation, read.messages),
    });
    await answers.subscribe({ fromStart: true });
    await clips.prepareAll();
  } catch (thrown) {
    if (signal.aborted) return;
    const failure = failureFrom(thrown);
    view.leave(failure.code === 'not_found' ? new PageError('no_conversation').failure : failure);
  }
}

/**
 * Adds to a conversation on the screen what the server has of it by now; does nothing where another one is on the screen.
 * Does not reject. `isGone`: it is on the screen, and the server does not have it any more.
 */
export async function catchUp(
  conversationId: string,
  { view, connection, answers, clips }: Parts,
): Promise<{ readonly isGone: boolean }> {
  const { chat, signal } = view;
  if (chat?.conversation?.info.id !== conversationId || chat.sending !== undefined) return { isGone: false };
  try {
    const read = await connection.request('conversation:read', { conversationId });
    if (signal.aborted) return { isGone: false };
    view.change((now) => {
      if (now.conversation === undefined || now.sending !== undefined) return now;
      const known = new Set(now.clips.map(({ video }) => video.id));
      const more = read.clips.flatMap(({ video }) =>
        video === null || known.has(video.id) ? [] : storedClip(video),
      );
      return {
        ...now,
        clips: [...now.clips, ...more],
        conversation: withMessages(now.conversation, read.conversation, read.messages),
      };
    });
    await answers.subscribe({ fromStart: false });
    await clips.prepareAll();
    return { isGone: false };
  } catch (thrown) {
    return { isGone: !signal.aborted && failureFrom(thrown).code === 'not_found' };
  }
}

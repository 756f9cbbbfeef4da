import { randomUUID } from 'node:crypto';
import { maxQuestionLength } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { Message } from '#contract/chat.ts';

/**
 * Messages of a file as messages of a conversation here: with ids of their own, and without clips that are not here. Throws
 * `invalid_request` where they are no tree in which questions and answers take turns, a parent comes after its child, or a
 * question could not have been asked here.
 */
export function importedMessages(
  messages: readonly Omit<Message, 'generationId'>[],
  { conversationId, clips }: { readonly conversationId: string; readonly clips: ReadonlySet<string> },
): StoredMessage[] {
  const placed = new Map<string, StoredMessage>();
  for (const [index, message] of messages.entries()) {
    const refuse = (why: string) => new AppError('invalid_request', `messages.${index}: ${why}.`);
    const { parentId, role, text, videoIds, state, cutOff } = message;
    const parent = parentId === null ? undefined : placed.get(parentId);
    if (placed.has(message.id)) throw refuse('another message has this id');
    if (parentId !== null && parent === undefined) throw refuse('its parent does not come before it');
    const expected = parent?.role === 'user' ? 'assistant' : 'user';
    if (role !== expected) throw refuse(`a message of the ${expected} belongs here`);
    const isQuestion = role === 'user';
    if (isQuestion && text.length > maxQuestionLength) {
      throw refuse(`a question has ${maxQuestionLength} characters at most`);
    }
    if (!isQuestion && videoIds.length > 0) throw refuse('only a question brings clips');
    // a question is always done, and no answer runs
    const ended = isQuestion ? 'done' : state === 'running' ? 'interrupted' : state;
    placed.set(message.id, {
      ...message,
      conversationId,
      id: randomUUID(),
      parentId: parent?.id ?? null,
      generationId: null,
      videoIds: videoIds.filter((id) => clips.has(id)),
      state: ended,
      cutOff: cutOff && !isQuestion && ended === 'done',
    });
  }
  return [...placed.values()];
}

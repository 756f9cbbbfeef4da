import type { AskedTurn } from '#engine/engine.ts';
import type { ClipSource } from '#engine/types.ts';
import { AppError } from '#errors';
import type { ChatMessage, MediaPart } from './chat-request.ts';

/** A conversation as the engine takes it. */
export interface AskedConversation {
  readonly system: string | undefined;
  readonly turns: readonly AskedTurn[];
}

/**
 * Messages as turns of question and answer: consecutive messages of one role become one text, and clips go before the
 * text of their question. `media` loads the clip of a part. Throws `invalid_request`, and what `media` throws.
 */
export async function conversationOf(
  messages: readonly ChatMessage[],
  media: (part: MediaPart) => Promise<ClipSource>,
): Promise<AskedConversation> {
  const system: string[] = [];
  const turns: { question: string[]; clips: ClipSource[]; answer: string[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') {
      system.push(textOf(message.content));
      continue;
    }
    const last = turns.at(-1);
    if (message.role === 'assistant') {
      if (last === undefined) throw refused('an answer comes before the first question');
      last.answer.push(textOf(message.content ?? ''));
      continue;
    }
    const turn =
      last === undefined || last.answer.length > 0 ? { question: [], clips: [], answer: [] } : last;
    if (turn !== last) turns.push(turn);
    turn.question.push(textOf(message.content));
    for (const part of typeof message.content === 'string' ? [] : message.content) {
      if (part.type !== 'text') turn.clips.push(await media(part));
    }
  }
  const last = turns.at(-1);
  if (last === undefined || last.answer.length > 0) throw refused('the last one has to be a question');
  if (last.question.join('').trim() === '') throw refused('the last question has no text');
  return {
    system: system.length === 0 ? undefined : system.join('\n'),
    turns: turns.map(({ question, clips, answer }) => ({
      question: question.join('\n').trim(),
      clips,
      ...(answer.length > 0 && { answer: answer.join('\n').trim() }),
    })),
  };
}

function textOf(content: string | readonly { type: string; text?: string }[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap(({ text }) => text ?? []).join('\n');
}

function refused(why: string): AppError {
  return new AppError('invalid_request', `messages: ${why}`, { param: 'messages' });
}

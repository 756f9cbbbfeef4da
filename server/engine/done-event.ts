import type { AnswerEvent, DoneEvent } from './events.ts';

/** The last event of an answer, for callers that do not stream it. Throws what the answer throws, and the signal's reason. */
export async function doneEventOf(
  events: AsyncIterable<AnswerEvent>,
  signal: AbortSignal,
): Promise<DoneEvent> {
  for await (const event of events) {
    if (event.type !== 'done') continue;
    signal.throwIfAborted();
    return event;
  }
  throw new RangeError('the answer has no done event');
}

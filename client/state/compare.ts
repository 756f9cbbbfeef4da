import { captionReply } from '../../server/contract.ts';
import { jsonOrNothing, refusalOf, unreachable } from './failure.ts';
import type { EncoderMode } from './screen.ts';

export interface CompareRequest {
  readonly videoId: string;
  readonly question: string;
  readonly mode: EncoderMode;
  readonly signal: AbortSignal;
}

/** The answer to one question alone, with the clip looked at in a mode; nothing of it is kept. Throws `PageError`. */
export async function answerIn({ videoId, question, mode, signal }: CompareRequest): Promise<string> {
  const reply = await fetch('/v1/captions', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, signal },
    body: JSON.stringify({ videoId, prompt: question, mode }),
  }).catch(() => {
    throw unreachable();
  });
  const body = await reply.text();
  const parsed = captionReply.safeParse(jsonOrNothing(body)).data;
  if (!reply.ok || parsed === undefined) throw refusalOf(reply.status, body);
  return parsed.caption;
}

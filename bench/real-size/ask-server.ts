import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RestClient } from '#contract/client-rest.ts';
import { refusalOf } from '#contract/client-error.ts';
import { doneEvent, type StageTimings } from '#contract/rest.ts';
import { AppError } from '#errors';
import { readServerSentEvents } from '../scripted/server-sent-events.ts';

export interface Answer {
  readonly frames: number;
  readonly videoTokens: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** Milliseconds. */
  readonly timings: StageTimings;
  readonly text: string;
}

export interface Question {
  readonly clip: string;
  readonly prompt: string;
  readonly frames: readonly number[];
  readonly maxTokens: number;
}

export interface Asked {
  /** Mug's similarity of clip and question. */
  readonly score: number;
  /** One for each number of frames. */
  readonly answers: readonly Answer[];
}

/** Sends a clip to a server, has it scored against the question, and asks the question with each number of frames. */
export async function askServer(
  url: string,
  { clip, prompt, frames, maxTokens }: Question,
  signal: AbortSignal,
): Promise<Asked> {
  const rest = new RestClient({ url });
  const { id: videoId } = await rest.upload(basename(clip), new Blob([await readFile(clip)]), signal);
  // first: the encoders for search would otherwise work beside those of the answers
  const { score } = await rest.match(videoId, prompt, signal);
  const answers: Answer[] = [];
  for (const count of frames) {
    const wish = { videoId, prompt, frames: count, max_tokens: maxTokens, temperature: 0, stream: true };
    const answered = await answer(url, wish, signal);
    process.stderr.write(`${count} frames: ${JSON.stringify(answered.timings)}\n`);
    answers.push(answered);
  }
  return { score, answers };
}

async function answer(url: string, wish: object, signal: AbortSignal): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(wish);
  const reply = await fetch(`${url}/v1/captions`, { method: 'POST', headers, body, signal });
  const text = await reply.text();
  if (!reply.ok) throw refusalOf(reply.status, text);
  const last = readServerSentEvents(text).at(-1);
  if (last?.name !== 'done') throw new AppError('internal', `The answer has no end: ${last?.data ?? text}`);
  const done = doneEvent.parse(JSON.parse(last.data));
  const [clip] = done.receipt?.clips ?? [];
  if (clip === undefined || done.timings === undefined)
    throw new AppError('internal', 'The answer says nothing of its clip or of its time');
  return {
    frames: clip.frames.length,
    videoTokens: clip.videoTokens.count,
    promptTokens: done.promptTokens,
    answerTokens: done.answerTokens,
    timings: done.timings,
    text: done.text,
  };
}

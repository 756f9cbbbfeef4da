import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { type ChatEngine, ChatService } from '#chat/chat-service.ts';
import { chatStores } from '#store/chat-stores.ts';
import type { Sent } from '#store/question-store.ts';
import { operator, type Viewer } from '#store/viewer.ts';
import type { ChatSettings, NumberedEvent } from '#contract/chat.ts';
import type { ClipReceipt } from '#engine/events.ts';
import { AppError } from '#errors';
import { Database } from '#store/database.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

export const clipA = 'a'.repeat(32);
export const clipB = 'b'.repeat(32);

/** Says back the talk it was given, a word at a time; the question `...` makes it wait to be stopped, `long` cuts it off. */
class EchoEngine implements ChatEngine {
  readonly looked: string[] = [];

  async prepare(...[{ videoId }, options]: Parameters<ChatEngine['prepare']>): Promise<ClipReceipt> {
    const { mode: requested = 'stan' } = options;
    const mode = requested === 'auto' ? 'stan' : requested;
    this.looked.push(`${videoId} ${mode}`);
    return { mode, sampler: 'echo', frames: [0.5], videoTokens: { count: 1, width: 1 } };
  }

  async *answer(...[turns, { signal, mode, system = '' }]: Parameters<ChatEngine['answer']>) {
    for (const source of turns.flatMap((turn) => turn.clips)) {
      await this.prepare(source, { mode, signal });
      const { videoId = '' } = source;
      yield { type: 'progress', stage: 'encode', done: 0, total: 1, videoId } as const;
    }
    const question = turns.at(-1)?.question ?? '';
    if (question === 'fail') throw new AppError('context_full', 'Too long.');
    const clips = turns.map((turn) => turn.clips.map(({ videoId }) => (videoId === clipA ? 1 : 2)).join('+'));
    const words = [system, ...turns.map((turn, index) => `${turn.question}[${clips[index]}]`)];
    const { prefill = '' } = turns.at(-1) ?? {};
    let text = prefill;
    let reason: 'end' | 'length' | 'stopped' = 'end';
    for (const word of words.filter((one) => one !== '').slice(prefill.split(' ').length - 1)) {
      text += `${word} `;
      yield { type: 'token', text: `${word} ` } as const;
      if (question === '...' && prefill === '') {
        await pause(60_000, undefined, { signal }).catch(() => undefined);
      }
      if (question === 'long' && prefill === '') reason = 'length';
      if (signal.aborted) reason = 'stopped';
      if (reason !== 'end') break;
    }
    const counts = { reusedTokens: 0, promptTokens: 1, answerTokens: 1 };
    const signalOf = { signal: 'least-token-probability', probability: 0.9, value: 0.25 } as const;
    yield {
      type: 'done',
      text,
      reason,
      ...counts,
      ...(question === 'doubt' && { confidence: signalOf }),
    } as const;
  }
}

const folder = tempFolder();
let names = 0;

/** A service over a database, in a folder that goes when the tests have ended. */
export function start(path = join(folder, `${names++}.db`), gracePeriodMs = 30_000) {
  const database = Database.open(path);
  const engine = new EchoEngine();
  const stored = new Set([clipA, clipB]);
  const facts = { duration: 1, width: 1, height: 1, format: 'mov', bytes: 1, sha256: '', createdAt: 1 };
  const clips = {
    get: (_viewer: Viewer, id: string) =>
      stored.has(id) ? { ...facts, id, name: `${id[0]}.mp4` } : undefined,
    find: (viewer: Viewer, id: string) => {
      const clip = clips.get(viewer, id);
      if (clip === undefined) throw new AppError('not_found', 'There is no clip with this id.');
      return clip;
    },
    source: (viewer: Viewer, id: string) => {
      const { sha256, duration, width, height, format } = clips.find(viewer, id);
      return { path: `/clips/${id}`, sha256, videoId: id, facts: { duration, width, height, format } };
    },
  };
  const log = pino({ level: 'silent' });
  const service = new ChatService({ ...chatStores(database), clips, engine, log, gracePeriodMs });
  after(() => service.close());
  return { path, database, engine, service, stored };
}

export type Started = ReturnType<typeof start>;

/** Asks a question, at the start of the conversation unless it says after which answer. */
export async function send(
  { service }: Started,
  conversationId: string,
  text: string,
  options: {
    parentId?: string;
    videoIds?: string[];
    key?: string;
    settings?: ChatSettings;
    detach?: boolean;
  } = {},
): Promise<Sent> {
  const { parentId = null, videoIds = [], key = randomUUID(), settings = {}, detach = false } = options;
  return service.send(operator, { conversationId, parentId, text, videoIds, key, settings, detach });
}

/** Everything that happens to an answer until it ends. */
export async function events({ service }: Started, { answer }: Sent, from = 0): Promise<NumberedEvent[]> {
  const heard: NumberedEvent[] = [];
  await new Promise<void>((resolve) => {
    const subscriber = (numbered: NumberedEvent) => {
      heard.push(numbered);
      if (numbered.event.type === 'done' || numbered.event.type === 'error') resolve();
    };
    service.subscribe(operator, answer.generationId ?? '', { after: from, subscriber });
  });
  return heard;
}

/** The whole text, as the last event brings it. */
export const textOf = (heard: readonly NumberedEvent[]): string => {
  const last = heard.at(-1)?.event;
  return last?.type === 'done' || last?.type === 'error' ? last.text : assert.fail('no end');
};

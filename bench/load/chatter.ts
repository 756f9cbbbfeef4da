import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { Message, NumberedEvent } from '#contract/chat.ts';
import { ConversationClient, type OpenConversation } from '#contract/client-conversation.ts';
import { ClientError } from '#contract/client-error.ts';

/** What became of the turns; `refused` are by the code the server gave. */
export class Tally {
  turns = 0;
  stopped = 0;
  reconnected = 0;
  uploaded = 0;
  captioned = 0;
  readonly refused = new Map<string, number>();
  /** Milliseconds from the question to the first event of its answer, and to its end. */
  readonly firstEvents: number[] = [];
  readonly ends: number[] = [];

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }
}

export interface ChatterOptions {
  readonly url: string;
  readonly videoIds: readonly string[];
  /** From 0 to 1, the same for the same seed. */
  readonly random: () => number;
  readonly tally: Tally;
  /** Whether to go on. */
  readonly wanted: () => boolean;
}

const questions = [
  'What is happening in the video?',
  'What colour is it?',
  'What is it?',
  'Describe the video.',
];
/** What a server that is full is allowed to say. */
const declared: ReadonlySet<string> = new Set(['busy', 'rate_limited']);

/**
 * One person who talks about one clip after the other: a few questions each, now and then stopping an answer or losing
 * the connection in the middle of it. Every event and every kept message is checked; what is wrong throws.
 */
export class Chatter {
  readonly #options: ChatterOptions;
  #socket: Socket;
  #client: ConversationClient;

  constructor(options: ChatterOptions) {
    this.#options = options;
    this.#socket = connect(options.url);
    this.#client = clientOf(this.#socket);
  }

  async run(): Promise<void> {
    const { wanted } = this.#options;
    try {
      while (wanted()) await this.#conversation();
    } finally {
      this.#socket.disconnect();
    }
  }

  async #conversation(): Promise<void> {
    const { videoIds, random, wanted } = this.#options;
    const mode = random() < 0.2 ? 'plain' : 'stan';
    const conversation = await this.#unlessFull(() => this.#client.open(this.#pick(videoIds), { mode }));
    if (conversation === undefined) return;
    const turns = 1 + Math.floor(5 * random());
    for (let turn = 0; turn < turns && wanted(); turn++) await this.#turn(conversation);
    await this.#checkKept(conversation);
    await this.#client.delete(conversation);
  }

  async #turn(conversation: OpenConversation): Promise<void> {
    const { random, tally } = this.#options;
    const start = performance.now();
    this.#client.events.length = 0;
    const answer = await this.#unlessFull(() => this.#client.begin(conversation, this.#pick(questions)));
    if (answer === undefined) return;
    const chance = random();
    if (chance < 0.05) {
      await this.#client.request('generation:stop', { generationId: generationOf(answer) });
      tally.stopped++;
    } else if (chance < 0.1) await this.#reconnect(answer);
    while (this.#client.events.length === 0) await pause(1);
    tally.firstEvents.push(performance.now() - start);
    const last = await this.#client.end(answer);
    tally.ends.push(performance.now() - start);
    if (last.type === 'error') {
      assert(declared.has(last.code), `${last.code}: ${last.message}`);
      tally.refuse(last.code);
    }
    checkEvents(this.#client.events, answer, last.text);
    tally.turns++;
  }

  /** The connection is lost in mid-answer; the new one asks for what came after the last event heard. */
  async #reconnect(answer: Message): Promise<void> {
    const heard = [...this.#client.events];
    this.#socket.disconnect();
    this.#socket = connect(this.#options.url);
    this.#client = clientOf(this.#socket);
    this.#client.events.push(...heard);
    const after = heard.at(-1)?.seq ?? 0;
    await this.#client.request('generation:subscribe', { generationId: generationOf(answer), after });
    this.#options.tally.reconnected++;
  }

  /** What the server keeps is what was heard. */
  async #checkKept({ conversationId, lastAnswer }: OpenConversation): Promise<void> {
    const { messages } = await this.#client.request('conversation:read', { conversationId });
    const kept = messages.find(({ id }) => id === lastAnswer?.id);
    const last = this.#client.events.at(-1)?.event;
    if (last?.type === 'done') assert.equal(kept?.text, last.text);
    assert(messages.every(({ state }) => state !== 'running'));
  }

  /** Nothing where the server says that it is full; anything else it refuses is a failure of the run. */
  async #unlessFull<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (thrown) {
      if (!(thrown instanceof ClientError && declared.has(thrown.code))) throw thrown;
      this.#options.tally.refuse(thrown.code);
      await pause(500);
      return undefined;
    }
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(from.length * this.#options.random())];
    if (one === undefined) throw new RangeError('nothing to pick from');
    return one;
  }
}

function generationOf({ generationId }: Message): string {
  if (generationId === null) throw new TypeError('an answer belongs to a generation');
  return generationId;
}

function connect(url: string): Socket {
  const transports = ['websocket'];
  return io(url, { forceNew: true, reconnection: false, transports, ackTimeout: 60_000 });
}

function clientOf(socket: Socket): ConversationClient {
  return new ConversationClient(socket, {
    onUnreadable: (error) => {
      throw error;
    },
  });
}

/** Every number once and in order, and the words together are the answer. */
function checkEvents(events: readonly NumberedEvent[], { generationId }: Message, text: string): void {
  const own = events.filter((event) => event.generationId === generationId);
  assert.equal(own.length, events.length, 'events of another answer');
  for (const [index, { seq }] of own.entries()) {
    const before = own[index - 1]?.seq ?? 0;
    // a slow reader gets several words as one event, with the last one's number
    assert(seq > before, `event ${seq} after ${before}`);
  }
  const ends = own.filter(({ event }) => event.type === 'done' || event.type === 'error');
  assert.equal(ends.length, 1, 'one end');
  const words = own.map(({ event }) => (event.type === 'token' ? event.text : ''));
  assert.equal(words.join(''), text);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { numberedEvent, replies } from '#contract/chat.ts';
import { videoResource } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { RequestedMode } from '#engine/types.ts';

/** A server process of the command's own, spoken to as any client would: REST and websocket. */
export class SpawnedServer {
  readonly url: string;
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly #socket: Socket;

  private constructor(url: string, server: ChildProcess, folder: string) {
    this.url = url;
    this.#server = server;
    this.#folder = folder;
    this.#socket = io(url, { transports: ['websocket'], reconnection: false });
  }

  /** Starts `server/main.ts` on a free port with a data folder of its own. Throws with what it printed if it ends. */
  static async start(modelPackage: string): Promise<SpawnedServer> {
    const folder = await mkdtemp(join(tmpdir(), 'stan-llava-eval-'));
    const main = join(import.meta.dirname, '../../main.ts');
    const server = spawn(process.execPath, ['--import', 'tsx', main], {
      env: {
        ...process.env,
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: folder,
        MODEL_PACKAGE: modelPackage,
        REQUESTS_PER_MINUTE: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      return new SpawnedServer(await addressOf(server), server, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Uploads a clip; returns its id. */
  async upload(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const body = new FormData();
    body.append('file', new Blob([bytes]), name);
    const reply = await fetch(`${this.url}/v1/videos`, { method: 'POST', body });
    if (!reply.ok) throw new Error(`the server refused ${name}: ${await reply.text()}`);
    return videoResource.parse(await reply.json()).id;
  }

  /** The answer to one question in a conversation of its own, at temperature 0. */
  async ask(videoId: string, mode: RequestedMode, question: string): Promise<string> {
    const settings = { mode, temperature: 0, maxTokens: 40 };
    const created = await this.#send('conversation:create', { settings });
    const { conversation } = replies['conversation:create'].parse(created);
    const conversationId = conversation.id;
    const answer = this.#answerOf(conversationId);
    const request = { conversationId, parentId: null, text: question, videoIds: [videoId] };
    await this.#send('message:send', { ...request, key: randomUUID() });
    const text = await answer;
    await this.#send('conversation:delete', { conversationId });
    return text;
  }

  async stop(): Promise<void> {
    this.#socket.close();
    if (this.#server.exitCode === null) {
      const ended = once(this.#server, 'exit');
      this.#server.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #send(event: string, payload: object): Promise<unknown> {
    const reply: { ok: boolean; value?: unknown; error?: { message: string } } = await this.#socket
      .timeout(120_000)
      .emitWithAck(event, payload);
    if (!reply.ok) throw new Error(`${event}: ${reply.error?.message}`);
    return reply.value;
  }

  #answerOf(conversationId: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const listen = (raw: unknown): void => {
        const { conversationId: where, event } = numberedEvent.parse(raw);
        if (where !== conversationId || (event.type !== 'done' && event.type !== 'error')) return;
        this.#socket.off('generation', listen);
        if (event.type === 'done') resolve(event.text);
        else reject(new Error(event.message));
      };
      this.#socket.on('generation', listen);
    });
  }
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const url = /is ready: (http:\S+)\n/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', () => reject(new AppError('internal', `The server ended: ${printed.trim()}`)));
  });
}

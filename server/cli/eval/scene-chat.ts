import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import type { SceneChat } from '#models/evaluate/runners/world-chat.ts';
import type { Scene } from '#models/world/scene.ts';
import { ConversationClient } from '#contract/client-conversation.ts';
import { RestClient } from '#contract/client-rest.ts';
import type { RequestedMode } from '#engine/types.ts';
import { AppError } from '#errors';
import { type ServerProcess, startServer } from '../spawn-server.ts';
import { writeWorldClip } from '../world-clip.ts';

const sampling = { temperature: 0, maxTokens: 40 };

/** A server process of its own, used as any client would: mp4 in, answer text out. */
export class ServerSceneChat implements SceneChat {
  readonly #server: ServerProcess;
  readonly #folder: string;
  readonly #mode: RequestedMode;
  readonly #signal: AbortSignal;
  readonly #rest: RestClient;
  readonly #socket: Socket;
  readonly #chat: ConversationClient;
  /** Set once something the server sent could not be read: the figures would be wrong. */
  #unreadable: Error | undefined;
  #clips = 0;

  private constructor(server: ServerProcess, folder: string, mode: RequestedMode, signal: AbortSignal) {
    this.#server = server;
    this.#folder = folder;
    this.#mode = mode;
    this.#signal = signal;
    this.#rest = new RestClient({ url: server.url });
    this.#socket = io(server.url, { transports: ['websocket'], reconnection: false, ackTimeout: 120_000 });
    this.#chat = new ConversationClient(this.#socket, {
      onUnreadable: (error) => {
        this.#unreadable = error;
      },
    });
  }

  static async start(
    modelPackage: string,
    mode: RequestedMode,
    signal: AbortSignal,
  ): Promise<ServerSceneChat> {
    const server = await startServer(modelPackage, { REQUESTS_PER_MINUTE: '0' });
    const folder = await mkdtemp(join(tmpdir(), 'stan-llava-scenes-'));
    return new ServerSceneChat(server, folder, mode, signal);
  }

  async answers(scene: Scene, questions: readonly string[]): Promise<string[]> {
    const path = join(this.#folder, `${this.#clips++}.mp4`);
    await writeWorldClip(scene, path, this.#signal);
    const { id } = await this.#rest.upload('clip.mp4', new Blob([await readFile(path)]), this.#signal);
    await rm(path);
    const answers: string[] = [];
    for (const question of questions) answers.push(await this.#answer(id, question));
    return answers;
  }

  async stop(): Promise<void> {
    this.#socket.disconnect();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(videoId: string, question: string): Promise<string> {
    const conversation = await this.#chat.open(videoId, { mode: this.#mode, ...sampling });
    const end = await this.#chat.ask(conversation, question);
    await this.#chat.delete(conversation);
    if (this.#unreadable !== undefined) throw this.#unreadable;
    if (end.type === 'error') throw new AppError('internal', `${end.code}: ${end.message}`);
    return end.text;
  }
}

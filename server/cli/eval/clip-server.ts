import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { ClipChat, Said } from '#models/evaluate/large-world/chat.ts';
import type { ClipGallery } from '#models/evaluate/large-world/search.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { ConversationClient } from '#contract/client-conversation.ts';
import { RestClient } from '#contract/client-rest.ts';
import type { RequestedMode } from '#engine/types.ts';
import { AppError } from '#errors';
import { type ServerProcess, startServer } from '../spawn-server.ts';
import { writeSceneClip } from '../world-clip.ts';

const sampling = { temperature: 0, maxTokens: 60 };
const untilIndexedMs = 200;

/** A server process of its own with clips of the large world, used as any client would: mp4 in, answers and hits out. */
export class ClipServer implements ClipChat, ClipGallery {
  readonly #server: ServerProcess;
  readonly #folder: string;
  readonly #mode: RequestedMode;
  readonly #signal: AbortSignal;
  readonly #rest: RestClient;
  readonly #socket: Socket;
  readonly #chat: ConversationClient;
  /** Of the clips that can be found, in the order in which they were added. */
  readonly #gallery: string[] = [];
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

  static async start(modelPackage: string, mode: RequestedMode, signal: AbortSignal): Promise<ClipServer> {
    const server = await startServer(modelPackage, { REQUESTS_PER_MINUTE: '0' });
    const folder = await mkdtemp(join(tmpdir(), 'stan-llava-large-world-'));
    return new ClipServer(server, folder, mode, signal);
  }

  async answers(clips: readonly Clip[], questions: readonly string[]): Promise<Said[]> {
    const ids: string[] = [];
    for (const clip of clips) ids.push(await this.#upload(clip));
    const said: Said[] = [];
    for (const question of questions) said.push(await this.#ask(ids, question));
    for (const id of ids) await this.#rest.removeVideo(id, this.#signal);
    return said;
  }

  async add(clips: readonly Clip[]): Promise<void> {
    for (const clip of clips) this.#gallery.push(await this.#upload(clip));
    while ((await this.#rest.search({ query: 'anything', k: 1 }, this.#signal)).pending > 0) {
      await pause(untilIndexedMs, undefined, { signal: this.#signal });
    }
  }

  async best(query: string): Promise<{ place: number; score: number } | undefined> {
    const [hit] = (await this.#rest.search({ query, k: 1 }, this.#signal)).results;
    return hit === undefined ? undefined : { place: this.#gallery.indexOf(hit.videoId), score: hit.score };
  }

  async stop(): Promise<void> {
    this.#socket.disconnect();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #upload(clip: Clip): Promise<string> {
    const path = join(this.#folder, `${this.#clips++}.mp4`);
    await writeSceneClip(clip, path, this.#signal);
    const { id } = await this.#rest.upload('clip.mp4', new Blob([await readFile(path)]), this.#signal);
    await rm(path);
    return id;
  }

  async #ask([first = '', ...others]: readonly string[], question: string): Promise<Said> {
    const conversation = await this.#chat.open(first, { mode: this.#mode, ...sampling });
    conversation.videoIds.push(...others);
    const end = await this.#chat.ask(conversation, question);
    await this.#chat.delete(conversation);
    if (this.#unreadable !== undefined) throw this.#unreadable;
    if (end.type === 'error') throw new AppError('internal', `${end.code}: ${end.message}`);
    return { text: end.text, probability: end.confidence?.probability ?? 0 };
  }
}

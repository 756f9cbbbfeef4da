import type { TokenBias } from 'node-llama-cpp';
import type { LanguageManifest } from '../../../models/package/manifest.ts';
import { AppError } from '../../errors.ts';
import { Conversation } from './conversation.ts';
import { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { forbidControlTokens, type LlamaOptions, type LoadedLlama, loadLlama } from './load-llama.ts';
import { openRunFolder } from './run-folder.ts';
import { checkVideoRows } from './self-check.ts';
import { VideoRows } from './video-rows.ts';
import { VideoSlots } from './video-slots.ts';

export interface LanguageModelOptions extends Pick<LlamaOptions, 'gpu' | 'cacheType' | 'signal'> {
  /** The package's two GGUF files. */
  readonly body: string;
  readonly embeddings: string;
  readonly language: LanguageManifest;
  readonly tokensPerClip: number;
  /** Folder for the working copy of the embeddings, on a local disk. */
  readonly runRoot: string;
  /** Conversations answered at the same time; each costs a KV cache. Default 4; never more than there are slots. */
  readonly parallelConversations?: number;
}

type Cleanup = () => Promise<void>;

/** The LLM of a package, to which clips are shown as tokens of its vocabulary. */
export class LanguageModel {
  readonly #llama: LoadedLlama;
  readonly #lanes: Lanes;
  readonly #language: LanguageManifest;
  readonly #cleanups: readonly Cleanup[];
  readonly #conversations = new Set<Conversation>();
  readonly #tokenBias: TokenBias;
  #disposed: Promise<void> | undefined;

  private constructor(
    llama: LoadedLlama,
    lanes: Lanes,
    language: LanguageManifest,
    cleanups: readonly Cleanup[],
  ) {
    this.#llama = llama;
    this.#lanes = lanes;
    this.#language = language;
    this.#cleanups = cleanups;
    this.#tokenBias = forbidControlTokens(llama.model);
  }

  /** Loads and checks the LLM. Throws `package_invalid`, `storage_full`; the signal's reason when it aborts. */
  static async load(options: LanguageModelOptions): Promise<LanguageModel> {
    const { language, tokensPerClip, runRoot, parallelConversations = 4, ...llamaOptions } = options;
    const { slots, context: contextSize } = language;
    const cleanups: Cleanup[] = [];
    try {
      const folder = await openRunFolder(runRoot, options);
      cleanups.unshift(folder.dispose);
      const rows = await VideoRows.open(folder.body, { slots, tokensPerClip });
      cleanups.unshift(() => rows.close());
      const sequences = Math.min(parallelConversations, slots);
      const llama = await loadLlama({ ...llamaOptions, body: folder.body, contextSize, sequences });
      cleanups.unshift(llama.dispose);
      await checkVideoRows(llama.context, rows);
      const places = new VideoSlots(slots, (slot, clip) => rows.write(slot, clip.tokens));
      const lanes = Array.from({ length: sequences }, () => new Lane(llama.context, rows, places));
      return new LanguageModel(llama, new Lanes(lanes), language, cleanups);
    } catch (error) {
      await cleanUp(cleanups);
      throw error;
    }
  }

  /** A conversation without a word in it. Dispose of it when done. Throws `cancelled` after `dispose`. */
  async openConversation(): Promise<Conversation> {
    if (this.#disposed !== undefined) throw new AppError('cancelled', 'The server is shutting down.');
    const parts = { model: this.#llama.model, lanes: this.#lanes, tokenBias: this.#tokenBias };
    const onDispose = () => this.#conversations.delete(conversation);
    const conversation = new Conversation({ ...parts, template: this.#language.template, onDispose });
    this.#conversations.add(conversation);
    return conversation;
  }

  /** Stops all answers, frees the memory and removes the working copy. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#conversations].map((conversation) => conversation.dispose()));
    await cleanUp(this.#cleanups);
  }
}

async function cleanUp(cleanups: readonly Cleanup[]): Promise<void> {
  for (const clean of cleanups) await clean();
}

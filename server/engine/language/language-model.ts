import type { LanguageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import type { WorkQueue } from '#core/work-queue.ts';
import type { GenerateOptions, LanguageEvent } from '../events.ts';
import type { Turn, VideoTokens } from '../types.ts';
import { Generator } from './generator.ts';
import { Grammars } from './grammars.ts';
import { SequenceSlot } from './sequence-slot.ts';
import { SequencePool } from './sequence-pool.ts';
import { forbidControlTokens, type LlamaOptions, loadLlama } from './load-llama.ts';
import { openRunFolder } from './run-folder.ts';
import { checkEmbeddingTable } from './self-check.ts';
import { EmbeddingTable } from './embedding-table.ts';
import { EmbeddingSlots } from './embedding-slots.ts';

export interface LanguageModelOptions extends Pick<LlamaOptions, 'gpu' | 'cacheType' | 'signal'> {
  /** The package's two GGUF files. */
  readonly body: string;
  readonly embeddings: string;
  readonly language: LanguageManifest;
  readonly tokensPerClip: number;
  /** Folder for the working copy of the embeddings, on a local disk. */
  readonly runRoot: string;
  /** Sequence slots; each costs a KV cache. Default 4; at most the number of embedding slots. */
  readonly parallelConversations?: number;
  /** Maximum number of waiting requests. Default 64. */
  readonly maxWaiting?: number;
}

type Cleanup = () => Promise<void>;

/** The LLM of a package. Clips are rows of its vocabulary. */
export class LanguageModel {
  /** Requests that are answered or wait for a sequence slot. */
  readonly queue: WorkQueue;
  readonly #generator: Generator;
  readonly #slots: EmbeddingSlots;
  readonly #cleanups: readonly Cleanup[];
  readonly #stop = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  #disposed: Promise<void> | undefined;

  private constructor(
    generator: Generator,
    queue: WorkQueue,
    slots: EmbeddingSlots,
    cleanups: readonly Cleanup[],
  ) {
    this.queue = queue;
    this.#slots = slots;
    this.#generator = generator;
    this.#cleanups = cleanups;
  }

  /** Loads and checks the LLM. Throws `package_invalid`, `storage_full`; the signal's reason when it aborts. */
  static async load(options: LanguageModelOptions): Promise<LanguageModel> {
    const { language, tokensPerClip, runRoot, parallelConversations = 4, maxWaiting = 64, ...rest } = options;
    const { slots, context: contextSize, template } = language;
    const cleanups: Cleanup[] = [];
    try {
      const folder = await openRunFolder(runRoot, options);
      cleanups.unshift(folder.dispose);
      const table = await EmbeddingTable.open(folder.body, { slots, tokensPerClip });
      cleanups.unshift(() => table.close());
      const sequences = Math.min(parallelConversations, slots);
      const loaded = await loadLlama({ ...rest, body: folder.body, contextSize, sequences });
      cleanups.unshift(loaded.dispose);
      const { llama, model, context } = loaded;
      await checkEmbeddingTable(context, table);
      const embeddingSlots = new EmbeddingSlots(slots, (slot, clip) => table.write(slot, clip.tokens));
      const pool = new SequencePool(
        Array.from({ length: sequences }, () => new SequenceSlot(context, table, embeddingSlots)),
        { maxWaiting },
      );
      const grammars = new Grammars(llama, model);
      const tokenBias = forbidControlTokens(model);
      const generator = new Generator({ model, template, pool, grammars, tokenBias });
      return new LanguageModel(generator, pool.queue, embeddingSlots, cleanups);
    } catch (error) {
      await cleanUp(cleanups);
      throw error;
    }
  }

  /** Counts of the embedding slots. */
  get slots(): EmbeddingSlots['counts'] {
    return this.#slots.counts;
  }

  /**
   * Pushes the answer to the last of the turns as it grows; the last event is `done`, also when the signal or `dispose` stops
   * it. Throws `context_full`, `busy`, `invalid_request` for a schema that cannot be followed, `cancelled` after `dispose`.
   */
  async generate(
    turns: readonly Turn<VideoTokens>[],
    options: GenerateOptions,
    push: (event: LanguageEvent) => void,
  ): Promise<void> {
    if (this.#disposed !== undefined) throw new AppError('cancelled', 'The server is shutting down.');
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    const answering = this.#generator.answer(turns, { ...options, signal }, push);
    const ended = answering.catch(() => undefined).finally(() => this.#answering.delete(ended));
    this.#answering.add(ended);
    await answering;
  }

  /** Stops all answers, frees the memory and removes the working copy. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#answering);
    await cleanUp(this.#cleanups);
  }
}

async function cleanUp(cleanups: readonly Cleanup[]): Promise<void> {
  for (const clean of cleanups) await clean();
}

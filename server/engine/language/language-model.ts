import type { LanguageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import type { WorkQueue } from '#core/work-queue.ts';
import { eagerStream } from '#core/eager-stream.ts';
import { type AnswerPiece, type GenerateOptions, Generator, type PromptTurn } from './generator.ts';
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
  /** Conversations answered at the same time; each costs a KV cache. Default 4; never more than there are slots. */
  readonly parallelConversations?: number;
  /** Conversations that wait at most. Default 64. */
  readonly maxWaiting?: number;
}

type Cleanup = () => Promise<void>;

/** The LLM of a package, to which clips are shown as tokens of its vocabulary. */
export class LanguageModel {
  /** Those who are answered, and those who wait for it. */
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
      const rows = await EmbeddingTable.open(folder.body, { slots, tokensPerClip });
      cleanups.unshift(() => rows.close());
      const sequences = Math.min(parallelConversations, slots);
      const loaded = await loadLlama({ ...rest, body: folder.body, contextSize, sequences });
      cleanups.unshift(loaded.dispose);
      const { llama, model, context } = loaded;
      await checkEmbeddingTable(context, rows);
      const indices = new EmbeddingSlots(slots, (slot, clip) => rows.write(slot, clip.tokens));
      const lanes = new SequencePool(
        Array.from({ length: sequences }, () => new SequenceSlot(context, rows, indices)),
        { maxWaiting },
      );
      const grammars = new Grammars(llama, model);
      const tokenBias = forbidControlTokens(model);
      const generator = new Generator({ model, template, lanes, grammars, tokenBias });
      return new LanguageModel(generator, lanes.queue, indices, cleanups);
    } catch (error) {
      await cleanUp(cleanups);
      throw error;
    }
  }

  /** Places for clips: how many there are, hold one, and are being read. */
  get slots(): EmbeddingSlots['counts'] {
    return this.#slots.counts;
  }

  /**
   * The answer to the last of the turns as it grows; the last piece is `done`, also when the signal or `dispose` stops
   * it. Throws `context_full`, `busy`, `invalid_request` for a schema that cannot be followed, `cancelled` after `dispose`.
   */
  generate(turns: readonly PromptTurn[], options: GenerateOptions): AsyncGenerator<AnswerPiece, void> {
    if (this.#disposed !== undefined) throw new AppError('cancelled', 'The server is shutting down.');
    const both = AbortSignal.any([options.signal, this.#stop.signal]);
    return eagerStream(both, async (push, signal) => {
      const answering = this.#generator.answer(turns, { ...options, signal }, push);
      const ended = answering.catch(() => undefined).finally(() => this.#answering.delete(ended));
      this.#answering.add(ended);
      await answering;
    });
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

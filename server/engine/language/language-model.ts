import type { LanguageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { TaskGroup } from '#core/task-group.ts';
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
import { EmbeddingRows } from './embedding-rows.ts';

export interface LanguageModelOptions extends Pick<LlamaOptions, 'gpu' | 'gpuLayers' | 'kvType' | 'signal'> {
  /** The package's two GGUF files. */
  readonly body: string;
  readonly embeddings: string;
  readonly language: LanguageManifest;
  readonly tokensPerClip: number;
  /** Folder for the working copy of the embeddings, on a local disk. */
  readonly runRoot: string;
  /** Sequence slots; each costs a KV cache. Default 4; at most the clips that the package has rows for. */
  readonly parallelConversations?: number;
  /** Maximum number of waiting requests. Default 64. */
  readonly maxWaiting?: number;
}

type Cleanup = () => Promise<void>;

interface LoadedParts extends Pick<LanguageModel, 'queue' | 'description'> {
  readonly generator: Generator;
  readonly rows: EmbeddingRows;
  /** In the order in which they run. */
  readonly cleanups: readonly Cleanup[];
}

/** The LLM of a package. Clips are rows of its vocabulary. */
export class LanguageModel {
  /** Requests that are answered or wait for a sequence slot. */
  readonly queue: WorkQueue;
  /** One line: the device, and the memory of the KV cache. */
  readonly description: string;
  readonly #generator: Generator;
  readonly #rows: EmbeddingRows;
  readonly #cleanups: readonly Cleanup[];
  readonly #tasks = new TaskGroup();
  #disposed: Promise<void> | undefined;

  private constructor(parts: LoadedParts) {
    this.queue = parts.queue;
    this.description = parts.description;
    this.#rows = parts.rows;
    this.#generator = parts.generator;
    this.#cleanups = parts.cleanups;
  }

  /** Loads and checks the LLM. Throws `package_invalid`, `storage_full`; the signal's reason when it aborts. */
  static async load(options: LanguageModelOptions): Promise<LanguageModel> {
    const { language, tokensPerClip, runRoot, parallelConversations = 4, maxWaiting = 64, ...rest } = options;
    const { slots, context: contextSize, template, confidence } = language;
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
      const rows = new EmbeddingRows(table.rows, (indices, { tokens }) => table.write(indices, tokens));
      const pool = new SequencePool(
        Array.from({ length: sequences }, () => new SequenceSlot(context, table, rows)),
        { maxWaiting },
      );
      const grammars = new Grammars(llama, model);
      const tokenBias = forbidControlTokens(model);
      const generator = new Generator({ model, template, confidence, pool, grammars, tokenBias });
      const { description } = loaded;
      return new LanguageModel({
        generator,
        queue: pool.queue,
        rows,
        description,
        cleanups,
      });
    } catch (error) {
      await cleanUp(cleanups);
      throw error;
    }
  }

  /** Counts of the embedding rows for clips. */
  get rows(): EmbeddingRows['counts'] {
    return this.#rows.counts;
  }

  /**
   * Pushes the answer to the last of the turns as it grows; the last event is `done`, also when the signal or `dispose` stops
   * it. Throws `context_full`, `busy`, `invalid_request` for a schema that is not supported, `cancelled` after `dispose`.
   */
  async generate(
    turns: readonly Turn<VideoTokens>[],
    options: GenerateOptions,
    push: (event: LanguageEvent) => void,
  ): Promise<void> {
    if (this.#disposed !== undefined) throw new AppError('cancelled', 'The server is shutting down.');
    // an answer that is aborted before it begins still ends with `done`
    await this.#tasks.run(undefined, (stopped) => {
      const signal = AbortSignal.any([options.signal, stopped]);
      return this.#generator.answer(turns, { ...options, signal }, push);
    });
  }

  /** Stops all answers, frees the memory and removes the working copy. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    await this.#tasks.stop();
    await cleanUp(this.#cleanups);
  }
}

async function cleanUp(cleanups: readonly Cleanup[]): Promise<void> {
  for (const clean of cleanups) await clean();
}

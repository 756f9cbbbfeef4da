import type { LlamaContext, LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import { AppError } from '#errors';
import { isVideoToken, type PromptToken, sharedPrefix } from './prompt.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddingRows } from './embedding-rows.ts';

/**
 * Prompt tokens evaluated between two checks of the abort signal, which llama.cpp does not take: a 7B model on a CPU needs
 * seconds for them. The number is fixed, since another one can round to another answer.
 */
const prefillBatch = 32;

export interface GenerateOptions {
  readonly sampling: SequenceEvaluateOptions;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Reports how many of the tokens that are not in the KV cache have been evaluated. */
  readonly onPrefill?: ((done: number, total: number) => void) | undefined;
}

export interface GeneratedToken {
  readonly token: Token;
  /** Of the token among all that could have come, with the sampling settings applied; 0 to 1. */
  readonly probability: number;
}

export interface Generation {
  /** Tokens of the prompt that the KV cache already held. */
  readonly reusedTokens: number;
  /** Upper bound of the answer's tokens: as requested, or as fit into the context. */
  readonly limit: number;
  /** Generated tokens, without the end token. Ends early when the signal aborts or the context is full. */
  readonly tokens: AsyncGenerator<GeneratedToken, void>;
}

/** A sequence of llama.cpp's context, and the tokens that its KV cache holds (llama-server calls this a slot). */
export class SequenceSlot {
  readonly #context: LlamaContext;
  readonly #table: EmbeddingTable;
  readonly #rows: EmbeddingRows;
  #sequence: LlamaContextSequence;
  #cached: PromptToken[] = [];

  constructor(context: LlamaContext, table: EmbeddingTable, rows: EmbeddingRows) {
    this.#context = context;
    this.#table = table;
    this.#rows = rows;
    this.#sequence = context.getSequence();
  }

  /** Length of the prompt's prefix that the KV cache holds, in tokens. */
  cachedPrefix(prompt: readonly PromptToken[]): number {
    return sharedPrefix(this.#cached, prompt);
  }

  /** Removes cached tokens after the common prefix, then evaluates the rest of the prompt as the tokens are read. Throws `context_full` where the prompt is too long. */
  async generate(prompt: readonly PromptToken[], options: GenerateOptions): Promise<Generation> {
    // llama.cpp keeps one cell free
    const room = this.#sequence.contextSize - prompt.length;
    if (room < 1) {
      const [needs, has] = [prompt.length, this.#sequence.contextSize - 1];
      const message = `This conversation has grown to ${needs} tokens; the model reads ${has}. Start a new one.`;
      throw new AppError('context_full', message);
    }
    // the last token is always evaluated: its logits choose the first of the answer
    const shared = Math.min(sharedPrefix(this.#cached, prompt), prompt.length - 1);
    await this.#sequence.adaptStateToTokens(this.#sequence.contextTokens.slice(0, shared), false);
    const reusedTokens = this.#sequence.nextTokenIndex;
    this.#cached = prompt.slice(0, reusedTokens);
    const limit = Math.min(options.maxTokens, room);
    const rest = prompt.slice(reusedTokens);
    return { reusedTokens, limit, tokens: this.#continue(rest, { ...options, maxTokens: limit }) };
  }

  async *#continue(
    rest: readonly PromptToken[],
    { sampling, maxTokens, signal, onPrefill }: GenerateOptions,
  ): AsyncGenerator<GeneratedToken, void> {
    const sequence = this.#sequence;
    const lease = await this.#rows.acquire(rest.filter(isVideoToken).map(({ clip }) => clip));
    const ids = rest.map((token) =>
      isVideoToken(token) ? this.#table.id(lease.rowOf(token.clip.key, token.row)) : token,
    );
    this.#cached.push(...rest);
    let intact = false;
    try {
      for (let start = 0; start < ids.length - 1 && !signal.aborted; start += prefillBatch) {
        onPrefill?.(start, ids.length);
        await sequence.evaluateWithoutGeneratingNewTokens(
          ids.slice(start, Math.min(start + prefillBatch, ids.length - 1)),
        );
      }
      let left = signal.aborted ? 0 : maxTokens;
      const metadata = { confidence: true } as const;
      const answer = left > 0 ? sequence.evaluateWithMetadata(ids.slice(-1), metadata, sampling) : [];
      for await (const { token, confidence } of answer) {
        this.#cached.push(token);
        intact = true;
        yield { token, probability: confidence };
        left -= 1;
        if (left === 0 || signal.aborted) break;
        intact = false;
      }
      intact = true;
    } finally {
      lease.release();
      if (intact) this.#cached.length = sequence.nextTokenIndex;
      else await this.#restart();
    }
  }

  /** After a failed decode the KV cache may hold cells that node-llama-cpp does not know of. */
  async #restart(): Promise<void> {
    this.#cached = [];
    if (this.#context.disposed) return;
    await this.#sequence.dispose();
    this.#sequence = this.#context.getSequence();
  }
}

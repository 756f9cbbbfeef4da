import type { LlamaContext, LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import { AppError } from '#errors';
import { isVideoToken, type PromptToken, sharedPrefix } from './prompt.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddingSlots } from './embedding-slots.ts';

/**
 * Tokens evaluated between two looks at the signal, which llama.cpp does not take: a 7B model on a CPU needs seconds
 * for so many. The number is fixed, since another one can round to another answer.
 */
const chunk = 32;

export interface GenerateOptions {
  readonly sampling: SequenceEvaluateOptions;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Told how many of the tokens that are not in the KV cache have been evaluated. */
  readonly onPrefill?: ((done: number, total: number) => void) | undefined;
}

export interface Generation {
  /** Tokens of the prompt that the KV cache already held. */
  readonly reusedTokens: number;
  /** Most tokens that will come: as many as asked for, or as fit. */
  readonly limit: number;
  /** What comes after the prompt, without the end token. Ends early when the signal aborts or the context is full. */
  readonly tokens: AsyncGenerator<Token, void>;
}

/** One text the LLM is working on: a sequence of llama.cpp's context and what its KV cache holds. */
export class SequenceSlot {
  readonly #context: LlamaContext;
  readonly #rows: EmbeddingTable;
  readonly #slots: EmbeddingSlots;
  #sequence: LlamaContextSequence;
  #cached: PromptToken[] = [];

  constructor(context: LlamaContext, rows: EmbeddingTable, slots: EmbeddingSlots) {
    this.#context = context;
    this.#rows = rows;
    this.#slots = slots;
    this.#sequence = context.getSequence();
  }

  /** How many tokens of a prompt's beginning the KV cache holds. */
  shares(prompt: readonly PromptToken[]): number {
    return sharedPrefix(this.#cached, prompt);
  }

  /** Drops from the KV cache what the prompt does not begin with. Throws `context_full` where the prompt is too long. */
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
  ): AsyncGenerator<Token, void> {
    const sequence = this.#sequence;
    const clips = await this.#slots.hold(rest.filter(isVideoToken).map(({ clip }) => clip));
    const ids = rest.map((token) =>
      isVideoToken(token) ? this.#rows.id(clips.slotOf(token.clip.key), token.row) : token,
    );
    this.#cached.push(...rest);
    let intact = false;
    try {
      for (let start = 0; start < ids.length - 1 && !signal.aborted; start += chunk) {
        onPrefill?.(start, ids.length);
        await sequence.evaluateWithoutGeneratingNewTokens(
          ids.slice(start, Math.min(start + chunk, ids.length - 1)),
        );
      }
      let left = signal.aborted ? 0 : maxTokens;
      const answer = left > 0 ? sequence.evaluate(ids.slice(-1), sampling) : [];
      for await (const token of answer) {
        this.#cached.push(token);
        intact = true;
        yield token;
        left -= 1;
        if (left === 0 || signal.aborted) break;
        intact = false;
      }
      intact = true;
    } finally {
      clips.release();
      if (intact) this.#cached.length = sequence.nextTokenIndex;
      else await this.#restart();
    }
  }

  /** After a failed decode the KV cache may hold cells that llama.cpp's wrapper does not know of. */
  async #restart(): Promise<void> {
    this.#cached = [];
    if (this.#context.disposed) return;
    await this.#sequence.dispose();
    this.#sequence = this.#context.getSequence();
  }
}

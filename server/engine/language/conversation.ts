import type { LlamaModel, SequenceEvaluateOptions, Token, TokenBias } from 'node-llama-cpp';
import { randomInt } from 'node:crypto';
import {
  type ConversationTemplate,
  renderConversation,
  type Turn,
} from '../../../models/package/conversation-template.ts';
import { maxQuestionLength, type SamplingSettings } from '../../contract.ts';
import { AppError } from '../../errors.ts';
import type { VideoTokens } from '../types.ts';
import { AnswerText } from './answer-text.ts';
import { eagerStream } from './eager-stream.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { type PromptToken, promptTokens } from './prompt.ts';
import { type ClipRows, clipRows } from './video-rows.ts';

const defaultMaxTokens = 512;

export interface ConversationParts {
  readonly model: LlamaModel;
  readonly template: ConversationTemplate;
  readonly lanes: Lanes;
  readonly tokenBias: TokenBias;
  readonly onDispose: () => void;
}

export interface AskOptions extends SamplingSettings {
  /** Shown with this question. */
  readonly clips?: readonly VideoTokens[];
  readonly signal: AbortSignal;
}

export type AnswerPiece =
  | { readonly type: 'token'; readonly text: string }
  | {
      readonly type: 'done';
      readonly text: string;
      readonly reason: 'end' | 'length' | 'stopped';
      /** Prompt tokens the KV cache already held, and those evaluated for this turn. */
      readonly reusedTokens: number;
      readonly promptTokens: number;
      readonly answerTokens: number;
    };

/** A talk about clips. Its history is the very tokens the model read and wrote, so that their KV cache stays good. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #closed = new AbortController();
  readonly #turns: Turn[] = [];
  #history: PromptToken[] = [];
  readonly #clips = new Map<string, ClipRows>();
  /** Clips of questions that got no answer; they come with the next one. */
  #unseen: string[] = [];
  #answering: Promise<void> | undefined;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /**
   * The answer as it grows; the last piece is `done`, also when `signal` stops it. What was said until then stays in
   * the history. Throws `busy` while another answer is running, `question_too_long`, `context_full`, `cancelled` once
   * disposed of.
   */
  ask(question: string, { signal, ...options }: AskOptions): AsyncGenerator<AnswerPiece, void> {
    return eagerStream(AbortSignal.any([signal, this.#closed.signal]), async (push, stopped) => {
      if (this.#closed.signal.aborted) throw new AppError('cancelled', 'This conversation is closed.');
      if (this.#answering !== undefined) {
        throw new AppError('busy', 'This conversation is still answering; wait for the end or stop it.');
      }
      const answering = this.#answer(question, { ...options, signal: stopped }, push);
      this.#answering = answering.catch(() => undefined);
      try {
        await answering;
      } finally {
        this.#answering = undefined;
      }
    });
  }

  /** Stops the running answer, if there is one, and forgets the conversation. */
  async dispose(): Promise<void> {
    this.#closed.abort();
    await this.#answering;
    this.#parts.lanes.leave(this);
    this.#history = [];
    this.#clips.clear();
    this.#parts.onDispose();
  }

  async #answer(question: string, options: AskOptions, push: (piece: AnswerPiece) => void): Promise<void> {
    this.#show(options.clips ?? []);
    const { length } = question;
    if (length > maxQuestionLength) {
      const message = `The question has ${length} characters; at most ${maxQuestionLength} are taken.`;
      throw new AppError('question_too_long', message);
    }
    const turn: Turn = { question, clips: this.#unseen };
    const prompt = this.#promptOf(turn);
    try {
      await this.#parts.lanes.use(this, options.signal, (lane) =>
        this.#speak(lane, turn, prompt, options, push),
      );
    } catch (error) {
      if (!options.signal.aborted || error !== options.signal.reason) throw error;
      push({ type: 'done', text: '', reason: 'stopped', reusedTokens: 0, promptTokens: 0, answerTokens: 0 });
    }
  }

  #show(clips: readonly VideoTokens[]): void {
    for (const clip of clips.map(clipRows)) {
      this.#clips.set(clip.key, clip);
      this.#unseen.push(clip.key);
    }
  }

  /** Everything up to now and the new turn: only its own parts are tokenised, the rest stays what it was. */
  #promptOf(turn: Turn): PromptToken[] {
    const { model, template } = this.#parts;
    const past = renderConversation(template, this.#turns).length;
    const parts = renderConversation(template, [...this.#turns, turn]).slice(past);
    return [...this.#history, ...promptTokens(model, parts, this.#clips)];
  }

  async #speak(
    lane: Lane,
    turn: Turn,
    prompt: readonly PromptToken[],
    { temperature = 0, seed, maxTokens = defaultMaxTokens, signal }: AskOptions,
    push: (piece: AnswerPiece) => void,
  ): Promise<void> {
    const { model, tokenBias } = this.#parts;
    const sampling: SequenceEvaluateOptions = { temperature, seed: seed ?? randomInt(2 ** 32), tokenBias };
    const { reusedTokens, limit, tokens } = await lane.generate(prompt, { sampling, maxTokens, signal });
    const answer: Token[] = [];
    const text = new AnswerText(model);
    for await (const token of tokens) {
      answer.push(token);
      const piece = text.push(token);
      if (piece !== '') push({ type: 'token', text: piece });
    }
    const reason = signal.aborted ? 'stopped' : answer.length < limit ? 'end' : 'length';
    if (reason !== 'stopped' || answer.length > 0)
      this.#remember({ ...turn, answer: text.text }, prompt, answer);
    push({
      ...{ type: 'done', text: text.text, reason, reusedTokens },
      promptTokens: prompt.length - reusedTokens,
      answerTokens: answer.length,
    });
  }

  #remember(turn: Turn, prompt: readonly PromptToken[], answer: readonly Token[]): void {
    const { model, template } = this.#parts;
    const end = template.eosAfterAnswer ? promptTokens(model, [{ kind: 'eos' }], this.#clips) : [];
    this.#history = [...prompt, ...answer, ...end];
    this.#turns.push(turn);
    this.#unseen = [];
  }
}

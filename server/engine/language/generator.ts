import { LRUCache } from 'lru-cache';
import type { LlamaModel, SequenceEvaluateOptions, Token, TokenBias } from 'node-llama-cpp';
import { type ConversationTemplate, renderConversation } from '#models/package/conversation-template.ts';
import { AppError } from '#errors';
import type { ConfidenceCurve } from '#models/package/manifest.ts';
import { confidenceOf } from './confidence.ts';
import type { GenerateOptions, LanguageEvent } from '../events.ts';
import type { Turn, VideoTokens } from '../types.ts';
import { StreamingDetokenizer, type Prefill } from './streaming-detokenizer.ts';
import { endOfJson, type Grammars } from './grammars.ts';
import type { SequenceSlot } from './sequence-slot.ts';
import type { SequencePool } from './sequence-pool.ts';
import { answerTokens, type PromptToken, promptTokens } from './prompt.ts';
import { type ClipRows, clipRows } from './embedding-table.ts';

const defaultMaxTokens = 512;
/** Bytes of the answer token cache. */
const maxAnswerBytes = 16 * 2 ** 20;

export interface GeneratorParts {
  readonly model: LlamaModel;
  readonly template: ConversationTemplate;
  /** How often answers are right; left out where that was not measured. */
  readonly confidence?: ConfidenceCurve | undefined;
  readonly pool: SequencePool;
  readonly grammars: Grammars;
  readonly tokenBias: TokenBias;
}

/** Generates answers. Stateless between requests: each request brings the whole conversation, and cached prefixes are reused. */
export class Generator {
  readonly #parts: GeneratorParts;
  /** One text has several tokenisations; only the generated one matches the KV cache. */
  readonly #answerTokens = new LRUCache<string, readonly Token[]>({
    maxSize: maxAnswerBytes,
    sizeCalculation: (tokens, text) => 8 * tokens.length + 2 * text.length,
  });

  constructor(parts: GeneratorParts) {
    this.#parts = parts;
  }

  /**
   * Pushes the answer as it is generated, without its prefill; the last piece is `done`, also after an abort. Throws
   * `context_full`, `busy`, and `invalid_request` for a schema that is not supported, or that comes with a prefill.
   */
  async answer(
    turns: readonly Turn<VideoTokens>[],
    options: GenerateOptions,
    push: (event: LanguageEvent) => void,
  ): Promise<void> {
    const prefill = this.#prefill(turns);
    if (prefill.text !== '' && options.jsonSchema !== undefined) {
      throw new AppError('invalid_request', 'An answer with a JSON schema cannot be continued.');
    }
    const prompt = this.#promptOf(turns, options.system);
    const sampling = await this.#sampling(options);
    try {
      const onQueuePosition = (index: number): void =>
        push({ type: 'progress', stage: 'queue', done: 0, total: index });
      await this.#parts.pool.use(prompt, { signal: options.signal, onQueuePosition }, (slot) =>
        this.#decode(slot, { prompt, prefill, sampling }, options, push),
      );
    } catch (error) {
      if (!options.signal.aborted || error !== options.signal.reason) throw error;
      const { text } = prefill;
      push({ type: 'done', text, reason: 'stopped', reusedTokens: 0, promptTokens: 0, answerTokens: 0 });
    }
  }

  async #sampling({
    temperature = 0,
    topP,
    seed,
    jsonSchema,
  }: GenerateOptions): Promise<SequenceEvaluateOptions> {
    const { tokenBias, grammars } = this.#parts;
    return {
      temperature,
      tokenBias,
      ...(seed !== undefined && { seed }),
      ...(topP !== undefined && { topP }),
      ...(jsonSchema !== undefined && { grammarEvaluationState: await grammars.start(jsonSchema) }),
    };
  }

  #promptOf(turns: readonly Turn<VideoTokens>[], system: string | undefined): PromptToken[] {
    const { model, template } = this.#parts;
    const clips = new Map<string, ClipRows>();
    const promptTurns = turns.map(({ question, answer, prefill, clips: tokens }) => {
      const rows = tokens.map(clipRows);
      for (const clip of rows) clips.set(clip.key, clip);
      const text = { ...(answer !== undefined && { answer }), ...(prefill !== undefined && { prefill }) };
      return { question, clips: rows.map(({ key }) => key), ...text };
    });
    const parts = renderConversation(template, promptTurns, system);
    return promptTokens(model, parts, clips, (answer) => this.#answerTokens.get(answer));
  }

  #prefill(turns: readonly Turn<VideoTokens>[]): Prefill {
    const text = turns.at(-1)?.prefill ?? '';
    if (text === '') return { text, tokens: [] };
    return {
      text,
      tokens: answerTokens(this.#parts.model, text, (answer) => this.#answerTokens.get(answer)),
    };
  }

  async #decode(
    slot: SequenceSlot,
    {
      prompt,
      prefill,
      sampling,
    }: {
      readonly prompt: readonly PromptToken[];
      readonly prefill: Prefill;
      readonly sampling: SequenceEvaluateOptions;
    },
    { maxTokens = defaultMaxTokens, stop = [], jsonSchema, signal }: GenerateOptions,
    push: (event: LanguageEvent) => void,
  ): Promise<void> {
    const onPrefill = (done: number, total: number): void =>
      push({ type: 'progress', stage: 'prefill', done, total });
    const generation = await slot.generate(prompt, { sampling, maxTokens, signal, onPrefill });
    const { reusedTokens, limit } = generation;
    const answer: Token[] = [];
    const stops = jsonSchema === undefined ? stop : [...stop, endOfJson];
    const text = new StreamingDetokenizer(this.#parts.model, stops, prefill);
    let leastProbability = 1;
    for await (const { token, probability } of generation.tokens) {
      answer.push(token);
      leastProbability = Math.min(leastProbability, probability);
      const piece = text.push(token);
      if (piece !== '') push({ type: 'token', text: piece });
      if (text.stopped) break;
    }
    const rest = text.end();
    if (rest !== '') push({ type: 'token', text: rest });
    if (text.text !== '' && !text.stopped) {
      const whole = answer.slice(0, answer.length - text.pendingTokens);
      this.#answerTokens.set(text.text, [...prefill.tokens, ...whole]);
    }
    const ended = text.stopped || answer.length < limit;
    push({
      type: 'done',
      text: text.text,
      reusedTokens,
      reason: signal.aborted ? 'stopped' : ended ? 'end' : 'length',
      promptTokens: prompt.length - reusedTokens,
      answerTokens: answer.length,
      ...(answer.length > 0 && { confidence: confidenceOf(leastProbability, this.#parts.confidence) }),
    });
  }
}

import type { OrderAnswers } from '#models/evaluate/order-summary.ts';
import { hashFile } from '#models/package/file-hash.ts';
import { doneEventOf } from '#engine/done-event.ts';
import type { Engine } from '#engine/engine.ts';
import type { FrameOrder } from '#engine/media/frame-order.ts';
import type { EncoderMode } from '#engine/types.ts';
import type { AnswerJournal } from './answer-journal.ts';

export interface OrderOptions {
  readonly question: string;
  /** The package's own number unless given. */
  readonly frames: number | undefined;
  /** How clips are shown, one after the other. */
  readonly modes: readonly EncoderMode[];
  readonly signal: AbortSignal;
}

interface Shown {
  readonly path: string;
  readonly sha256: string;
  readonly mode: EncoderMode;
  readonly order: FrameOrder;
}

/** Greedy, so that answers differ by what was seen alone. */
const sampling = { temperature: 0, seed: 0, maxTokens: 60 };

export type ModeAnswers = Readonly<Partial<Record<EncoderMode, OrderAnswers>>>;

/** Asks one question about clips in every order and mode. */
export class TemporalProbe {
  readonly #engine: Engine;
  readonly #journal: AnswerJournal;
  readonly #wish: OrderOptions;

  constructor(engine: Engine, journal: AnswerJournal, wish: OrderOptions) {
    this.#engine = engine;
    this.#journal = journal;
    this.#wish = wish;
  }

  async ask(path: string): Promise<ModeAnswers> {
    const sha256 = await hashFile(path, this.#wish.signal);
    const inMode = async (mode: EncoderMode): Promise<OrderAnswers> => ({
      forward: await this.#answer({ path, sha256, mode, order: 'forward' }),
      reverse: await this.#answer({ path, sha256, mode, order: 'reverse' }),
      shuffle: await this.#answer({ path, sha256, mode, order: 'shuffle' }),
    });
    const answers: Record<string, OrderAnswers> = {};
    for (const mode of this.#wish.modes) answers[mode] = await inMode(mode);
    return answers;
  }

  #answer({ path, sha256, ...look }: Shown): Promise<string> {
    const { question, frames = this.#engine.model.frames, signal } = this.#wish;
    const facts = [this.#engine.model.hash, sha256, look, frames, question, sampling];
    return this.#journal.answer(facts, async () => {
      const turns = [{ question, clips: [{ path, sha256 }] }];
      const events = this.#engine.answer(turns, { ...look, ...sampling, frames, signal });
      return (await doneEventOf(events, signal)).text.trim();
    });
  }
}

import type { AnswerJournal } from '#models/evaluate/answer-journal.ts';
import type { ClipFile } from '#models/evaluate/datasets/clip-files.ts';
import type { FrameOrder, MeasuredPackage, VideoAnswerer } from '#models/evaluate/ports.ts';
import { hashFile } from '#models/package/file-hash.ts';
import { doneEventOf } from '#engine/done-event.ts';
import type { Engine } from '#engine/engine.ts';
import type { EncoderMode } from '#engine/types.ts';
import { asUnusableClip } from './unusable-clip.ts';

/** Greedy, so that answers differ by what was seen alone. */
const sampling = { temperature: 0, seed: 0, maxTokens: 60 };

/** The engine as runners see it; answers of earlier runs come from the journal. */
export class EngineAnswerer implements VideoAnswerer<EncoderMode> {
  readonly package: MeasuredPackage;
  readonly frames: number;
  readonly #engine: Engine;
  readonly #journal: AnswerJournal;
  readonly #signal: AbortSignal;

  constructor(
    engine: Engine,
    journal: AnswerJournal,
    { frames = engine.model.frames, signal }: { frames: number | undefined; signal: AbortSignal },
  ) {
    const { name, hash } = engine.model;
    this.package = { name, hash };
    this.frames = frames;
    this.#engine = engine;
    this.#journal = journal;
    this.#signal = signal;
  }

  async answer(
    { path }: ClipFile,
    question: string,
    { mode, order }: { mode: EncoderMode; order: FrameOrder },
  ): Promise<string> {
    const { frames } = this;
    const signal = this.#signal;
    const sha256 = await hashFile(path, signal);
    const facts = [this.package.hash, sha256, { mode, order }, frames, question, sampling];
    return this.#journal.answer(facts, () =>
      asUnusableClip(async () => {
        const turns = [{ question, clips: [{ path, sha256 }] }];
        const events = this.#engine.answer(turns, { mode, order, ...sampling, frames, whole: true, signal });
        return (await doneEventOf(events, signal)).text.trim();
      }),
    );
  }
}

import type { ClipStage, ClipTimings, ProgressEvent, StageTimings } from './events.ts';

export const zeroTimings: ClipTimings = { probe: 0, sample: 0, preprocess: 0, encode: 0 };

export interface StageTimerOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProgressEvent) => void;
}

/** Times the stages of one clip, and reports the start of each. Throws the signal's reason between them. */
export class StageTimer {
  readonly timings: Record<ClipStage, number> = { ...zeroTimings };
  readonly #options: StageTimerOptions;

  constructor(options: StageTimerOptions) {
    this.#options = options;
  }

  async run<T>(stage: ClipStage, work: () => Promise<T>): Promise<T> {
    this.#options.signal.throwIfAborted();
    this.#options.onProgress({ type: 'progress', stage, done: 0, total: 1 });
    const start = performance.now();
    const result = await work();
    this.timings[stage] = performance.now() - start;
    return result;
  }
}

/** Times an answer whose clips took `clips` before. */
export class AnswerTimer {
  readonly #clips: ClipTimings;
  readonly #start = performance.now();
  #prompt: number | undefined;

  constructor(clips: readonly ClipTimings[]) {
    const sum = (stage: ClipStage): number => clips.reduce((total, timings) => total + timings[stage], 0);
    this.#clips = {
      probe: sum('probe'),
      sample: sum('sample'),
      preprocess: sum('preprocess'),
      encode: sum('encode'),
    };
  }

  /** The first token has come; later calls change nothing. */
  firstToken(): void {
    this.#prompt ??= performance.now() - this.#start;
  }

  end(): StageTimings {
    this.firstToken();
    const { probe, sample, preprocess, encode } = this.#clips;
    const before = probe + sample + preprocess + encode;
    const prompt = this.#prompt ?? 0;
    const total = before + performance.now() - this.#start;
    return { ...this.#clips, prompt, firstToken: before + prompt, total };
  }
}

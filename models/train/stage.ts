import type { FeedTensor } from '#models/graph/run.ts';
import type { ConversationTemplate } from '#models/package/conversation-template.ts';
import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import type { Architecture } from '#models/package/architecture.ts';
import type { TrainerOptions } from './trainer.ts';

/** One training run of the demo package, all stages under one seed. */
export interface DemoRun {
  readonly arch: Architecture;
  readonly tokenizer: WordTokenizer;
  readonly template: ConversationTemplate;
  readonly seed: number;
  readonly steps: {
    readonly sparse: number;
    readonly clip: number;
    readonly chat: number;
    readonly motion: number;
    readonly settle: number;
  };
}

export type Batch = Readonly<Record<string, FeedTensor>>;

/** One stage of a run; its files are `<name>.safetensors` and `<name>.log.jsonl` in the run's folder. */
export interface Stage extends Omit<TrainerOptions, 'start' | 'threads'> {
  readonly name: string;
  readonly steps: number;
  readonly peakRate: number;
  readonly warmup: number;
  /** The batch of a step; the same step gives the same batch, so that a resumed run goes the same way. */
  readonly batch: (step: number) => Batch | Promise<Batch>;
}

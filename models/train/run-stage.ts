import { appendFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { progressBar } from '#models/progress.ts';
import type { Stage } from './stage.ts';
import { Trainer } from './trainer.ts';
import type { WeightMap } from './training-state.ts';

export interface RunSettings {
  readonly dir: string;
  readonly threads?: number | undefined;
  /** Stop, with a checkpoint, when this time (ms since the epoch) has come. */
  readonly until: number;
  /** Let the rate fall so that a stage ends after so many minutes, however many steps that makes. */
  readonly within?: number | undefined;
}

const secondsBetweenCheckpoints = 60;

/** Thrown where the time given ran out: the checkpoint is written, the same command goes on from it. */
export class OutOfTime extends Error {
  constructor(stage: string, step: number, steps: number) {
    super(`time is up at ${stage} step ${step} of ${steps}; run the same command again to go on`);
    this.name = 'OutOfTime';
  }
}

export function checkpointFile(dir: string, stage: string): string {
  return join(dir, `${stage}.safetensors`);
}

/** The weights of a finished stage. @throws when it has not been trained yet */
export async function finishedWeights(dir: string, stage: string): Promise<WeightMap> {
  const found = await loadCheckpoint(checkpointFile(dir, stage));
  if (found?.finished !== true)
    throw new Error(`stage ${stage} is not trained yet in ${dir}; train it first`);
  return found.weights;
}

/** Trains a stage to its end, from its checkpoint where there is one; returns at once where it is finished. */
export async function runStage(stage: Stage, start: WeightMap, settings: RunSettings): Promise<WeightMap> {
  await mkdir(settings.dir, { recursive: true });
  const file = checkpointFile(settings.dir, stage.name);
  const found = await loadCheckpoint(file);
  if (found?.finished === true) return found.weights;
  const trainer = await Trainer.create(
    { ...stage, start: found?.weights ?? start, threads: settings.threads },
    found?.state,
  );
  const save = async (finished: boolean): Promise<void> => {
    await saveCheckpoint(`${file}.new`, { weights: trainer.weights(), state: trainer.state(), finished });
    await rename(`${file}.new`, file);
  };
  const report = progressBar(stage.name);
  let saved = Date.now();
  try {
    const clock = new Pace(trainer.step / stage.steps, settings.within);
    while (!clock.ended(trainer.step, stage.steps)) {
      const began = Date.now();
      const rate = scheduledRate(trainer.step, stage, clock.done(trainer.step, stage.steps));
      const numbers = await trainer.run(await stage.batch(trainer.step), rate);
      const { loss } = numbers;
      if (loss === undefined || !Number.isFinite(loss))
        throw new Error(`${stage.name}: the loss is no number any more`);
      const line = { stage: stage.name, step: trainer.step, rate, ...numbers, ms: Date.now() - began };
      await appendFile(join(settings.dir, `${stage.name}.log.jsonl`), `${JSON.stringify(line)}\n`);
      report(trainer.step, stage.steps, `loss ${loss.toFixed(3)}`);
      if (Date.now() > settings.until && trainer.step < stage.steps) {
        await save(false);
        throw new OutOfTime(stage.name, trainer.step, stage.steps);
      }
      if (Date.now() - saved > secondsBetweenCheckpoints * 1000) {
        await save(false);
        saved = Date.now();
      }
    }
    await save(true);
    return new Map([...trainer.weights()].map(([name, values]) => [name, values.slice()]));
  } finally {
    await trainer.release();
  }
}

/** How far a stage is: by its steps or, where its minutes are given, by the clock. */
class Pace {
  readonly #start: number;
  readonly #began = Date.now();
  readonly #minutes: number | undefined;

  constructor(start: number, minutes: number | undefined) {
    this.#start = Math.min(start, 0.95);
    this.#minutes = minutes;
  }

  done(step: number, steps: number): number {
    if (this.#minutes === undefined) return step / steps;
    const passed = (Date.now() - this.#began) / (this.#minutes * 60_000);
    return Math.min(1, this.#start + (1 - this.#start) * passed);
  }

  ended(step: number, steps: number): boolean {
    return this.done(step, steps) >= 1;
  }
}

/** Linear warm-up, then a cosine down to zero (paper section 5: cosine decay) as `done` goes from 0 to 1. */
export function scheduledRate(
  step: number,
  { steps, peakRate, warmup }: Pick<Stage, 'steps' | 'peakRate' | 'warmup'>,
  done = step / steps,
): number {
  if (step < warmup) return (peakRate * (step + 1)) / warmup;
  const start = warmup / steps;
  const fallen = Math.max(0, done - start) / Math.max(1e-9, 1 - start);
  return (peakRate * (1 + Math.cos(Math.PI * fallen))) / 2;
}

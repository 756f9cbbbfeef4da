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
    while (trainer.step < stage.steps) {
      const began = Date.now();
      const rate = scheduledRate(trainer.step, stage);
      const numbers = await trainer.run(stage.batch(trainer.step), rate);
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

/** Linear warm-up, then a cosine down to zero (paper section 5: cosine decay). */
export function scheduledRate(
  step: number,
  { steps, peakRate, warmup }: Pick<Stage, 'steps' | 'peakRate' | 'warmup'>,
): number {
  if (step < warmup) return (peakRate * (step + 1)) / warmup;
  const done = (step - warmup) / Math.max(1, steps - warmup);
  return (peakRate * (1 + Math.cos(Math.PI * done))) / 2;
}

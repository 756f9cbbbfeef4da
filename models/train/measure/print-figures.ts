import { stat } from 'node:fs/promises';
import { checkpointFile, finishedWeights, type RunSettings } from '../run-stage.ts';
import type { DemoRun } from '../stage.ts';
import { Scorer } from './embed.ts';
import { measure } from './figures.ts';

/** Clips of each figure. */
const count = 160;

/** Prints the figures of vision and search of what is trained in a folder: CLIP alone, or with the finished branch. */
export async function printFigures(run: DemoRun, { dir }: RunSettings): Promise<void> {
  const clip = await finishedWeights(dir, 'clip');
  const branch = await stat(checkpointFile(dir, 'stan')).catch(() => undefined);
  const weights = branch === undefined ? clip : new Map([...clip, ...(await finishedWeights(dir, 'stan'))]);
  const scorer = new Scorer(run.arch, weights, run.tokenizer);
  for (const { name, share, of } of await measure(scorer, run.arch, count, run.seed)) {
    const error = Math.sqrt((share * (1 - share)) / of);
    process.stdout.write(`${name.padEnd(60)} ${percent(share)} ± ${percent(error)} of ${of}\n`);
  }
}

function percent(share: number): string {
  return (100 * share).toFixed(1).padStart(5);
}

import { z } from 'zod';
import { accuracyTable } from './accuracy-table.ts';
import { probeLeak } from './probe-leak.ts';
import { readCall } from './read-call.ts';
import { worldCall, worldOptions } from './world-call.ts';

/** `probe`: can a linear reader find the direction of motion in the encoder's tokens? */
export async function probe(args: readonly string[]): Promise<void> {
  const {
    clips = 600,
    seed,
    package: modelPackage,
    json,
  } = readCall(args, z.strictObject(worldCall), worldOptions);
  const report = await probeLeak({ clips, seed, modelPackage });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : accuracyTable(report.accuracies));
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const truth = z.object({
  caption: z.string(),
  questions: z.array(z.object({ question: z.string(), answer: z.string() })),
});
export type Truth = z.infer<typeof truth>;

/** Writes one unseen clip of the small world, which `smallPackage` knows, and returns what is true of it. */
export async function writeWorldClip(seed: number, path: string): Promise<Truth> {
  const command = [
    '--import',
    'tsx',
    'server/cli/stan-llava.ts',
    'world',
    'clip',
    '--world',
    'small',
    '--seed',
    `${seed}`,
    '--out',
    path,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return truth.parse(JSON.parse(stdout));
}

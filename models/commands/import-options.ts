import type { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ImportRequest } from '#models/convert/import-package.ts';
import { progressBar, inMebibytes } from '#models/progress.ts';
import { usageError } from './usage-error.ts';

/** Options that `import` and `pull` share: how to make the package, whatever it is made of. */
export const buildOptions = {
  precision: { type: 'string' },
  slots: { type: 'string' },
  frames: { type: 'string' },
  context: { type: 'string' },
  template: { type: 'string' },
  resize: { type: 'string' },
  fusion: { type: 'string' },
  name: { type: 'string' },
} as const satisfies NonNullable<Parameters<typeof parseArgs>[0]>['options'];

const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(most));

const making = z.object({
  precision: z.enum(['f32', 'int8']).default('f32'),
  slots: count(1024).default(16),
  frames: count(64).optional(),
  context: count(1_000_000).default(4096),
  template: z.string().optional(),
  resize: z.enum(['crop', 'pad', 'squash']).optional(),
  fusion: z.enum(['matched', 'sum', 'mean']).optional(),
  name: z.string().min(1).max(80).optional(),
});

export type BuildOptions = Omit<ImportRequest, 'llava' | 'mmproj' | 'clip' | 'stan' | 'out' | 'name'> & {
  readonly name: string | undefined;
};

/** Throws for an option that cannot be read, naming it and what it can be. */
export function readMaking(values: Readonly<Record<string, unknown>>): BuildOptions {
  const parsed = making.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw usageError(`--${issue?.path.join('.')} ${expectations[String(issue?.path[0])] ?? issue?.message}`);
  }
  const { name, template, resize, ...rest } = parsed.data;
  return { ...rest, name, template, resize, progress: (step) => inMebibytes(progressBar(step)) };
}

const expectations: Record<string, string> = {
  precision: 'f32 or int8',
  slots: 'a whole number from 1 to 1024 (clips at once)',
  frames: 'a whole number from 1 to 64',
  context: 'a whole number of tokens',
  resize: 'crop, pad or squash',
  fusion: 'matched, sum or mean',
};

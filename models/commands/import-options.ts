import { z } from 'zod';
import type { ImportRequest } from '#models/convert/import-package.ts';
import { inMebibytes, progressBar } from '#models/progress.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';

/** How to make a package, whatever it is made of. */
export type BuildOptions = Omit<ImportRequest, 'llava' | 'mmproj' | 'clip' | 'stan' | 'out' | 'name'>;

const count = (max: number) =>
  parsedBy(
    z
      .string()
      .regex(/^\d{1,9}$/, `It must be a whole number from 1 to ${max}.`)
      .transform(Number)
      .pipe(z.int().min(1).max(max)),
  );
const precision = parsedBy(z.enum(['f32', 'int8'], 'It must be f32 or int8.'));
const fusion = parsedBy(z.enum(['matched', 'sum', 'mean'], 'It must be matched, sum or mean.'));
const resize = parsedBy(z.enum(['crop', 'pad', 'squash'], 'It must be crop, pad or squash.'));

/** A command with the options of `import` and `pull`: how to make the package, whatever it is made of. */
export function newBuildCommand(name: string, about: string) {
  return newCommand(name, about)
    .option('--precision <p>', 'f32, or int8: a quarter of the encoder, faster, less exact', precision, 'f32')
    .option('--slots <n>', 'clips in conversations at the same time', count(1024), 16)
    .option(
      '--frames <n>',
      'frames of a clip unless asked otherwise (as the branch was published)',
      count(64),
    )
    .option('--context <n>', "longest conversation in tokens, up to the LLM's own", count(1_000_000), 4096)
    .option('--template <name>', 'a template of prompts/conversation, where the guess is wrong')
    .option('--resize <how>', 'crop, pad or squash frames to squares, where the guess is wrong', resize)
    .option('--fusion <how>', "matched, sum or mean: how the branch's tokens join the tower's", fusion)
    .option('--name <name>', 'what the package calls itself', parsedBy(z.string().min(1).max(80)));
}

/** The request's part that these options are, with a progress bar for each step. */
export function buildOptionsOf(
  options: ReturnType<ReturnType<typeof newBuildCommand>['opts']>,
): BuildOptions {
  const { precision, slots, frames, context, template, resize, fusion } = options;
  const progress: BuildOptions['progress'] = (step) => inMebibytes(progressBar(step));
  return { precision, slots, frames, context, template, resize, fusion, progress };
}

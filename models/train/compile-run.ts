import { compilePackage } from '#models/package/compile.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { demoRun } from './demo-run.ts';
import { finishedWeights } from './run-stage.ts';

/** A finished training run as a package: CLIP, the chatbot trained on pictures, and the branch plugged in. */
export async function compileRun(dir: string, out: string): Promise<PackageManifest> {
  const [clip, chat, stan] = await Promise.all([
    finishedWeights(dir, 'clip'),
    finishedWeights(dir, 'chat'),
    finishedWeights(dir, 'stan'),
  ]);
  const run = await demoRun(0);
  return compilePackage(
    {
      about: {
        name: 'demo',
        version: '1',
        licence: 'MIT',
        about:
          'The demo model. It knows 227 drawn things, one to three in a clip, eleven colours, and what happens to them: ' +
          'they move, grow, shrink, turn, appear, vanish, bounce or stand still. About any other clip its answers are guesses.',
        sources: ['models/train, in the world of models/world'],
      },
      arch: run.arch,
      weights: new Map([...clip, ...chat, ...stan]),
      tokenizer: run.tokenizer,
      template: run.template,
      resize: 'crop',
      context: 4096,
      slots: 16,
    },
    out,
  );
}

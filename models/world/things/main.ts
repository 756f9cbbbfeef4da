import { fileURLToPath } from 'node:url';
import { newCommand } from '#core/command-line.ts';
import { makeThings, sourcePackages } from './make-things.ts';

/** `things DIR`: draws the world's drawings together, once a name or a drawing has changed. */
export function thingsCommand() {
  return newCommand(
    'things',
    "Writes the drawings of the synthetic data set's things from the packages they come from.",
  )
    .argument(
      '<dir>',
      `where the packages are installed: npm install --ignore-scripts ${sourcePackages.join(' ')}`,
    )
    .action(async (packages) => {
      const written = await makeThings(packages, fileURLToPath(new URL('.', import.meta.url)));
      process.stdout.write(`${written.join('\n')}\n`);
    });
}

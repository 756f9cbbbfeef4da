import { fileURLToPath } from 'node:url';
import { runCommand } from '#models/run-command.ts';
import { makeThings, sourcePackages } from './make-things.ts';

const usage = `Usage: npm run -s things -- DIR

Draws the world's drawings together from packages installed in DIR, once a name or a drawing has changed. In DIR, first:
npm install --ignore-scripts ${sourcePackages.join(' ')}`;

await runCommand(usage, async function things() {
  const [packages, ...others] = process.argv.slice(2);
  if (packages === undefined || packages.startsWith('-') || others.length > 0) {
    process.stderr.write(`${usage}\n`);
    return packages === '--help' ? 0 : 2;
  }
  const written = await makeThings(packages, fileURLToPath(new URL('.', import.meta.url)));
  process.stdout.write(`${written.join('\n')}\n`);
  return 0;
});

import { AppError } from '../errors.ts';
import { chat } from './eval/chat.ts';
import { probe } from './eval/probe.ts';
import { runCommand } from './run-command.ts';

const usage = `Measures a package.

In the demo world:
  npm run -s eval -- chat  [--clips 300] [--seed 0] [--plain] [--package DIR] [--json]
  npm run -s eval -- probe [--clips 600] [--seed 0] [--package DIR] [--json]

chat asks a server of its own about unseen clips: mp4 in, answer text out, each question in a fresh conversation.
probe fits a linear reader of direction to the encoder's tokens, with and without the branch.
`;

type Word = (args: readonly string[], signal: AbortSignal) => Promise<void>;

const words: ReadonlyMap<string, Word> = new Map(Object.entries({ chat, probe }));

await runCommand(async function evaluate(signal) {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '--help' || args.includes('--help')) {
    process.stdout.write(usage);
    return;
  }
  const word = words.get(name);
  if (word === undefined) {
    throw new AppError('invalid_request', `say ${[...words.keys()].join(', ')}; --help tells more`);
  }
  await word(args, signal);
});

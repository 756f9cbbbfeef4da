import { AppError } from '../errors.ts';
import { chat } from './eval/chat.ts';
import { probe } from './eval/probe.ts';
import { temporal } from './eval/temporal.ts';
import { runCommand } from './run-command.ts';

const usage = `Measures a package.

On clips of yours:
  npm run -s eval -- temporal  CLIP|DIR [--question TEXT] [--limit N]

temporal asks about each clip, its reverse and a shuffle of its frames, with the branch and without: does the order change
the answer, and rightly? Which answers are right is read from DIR/order.json.
They take [--package DIR] [--frames N] [--json FILE], print a table, and go on where a run of the same was stopped
(DATA_DIR/eval). docs/evaluation.md tells of the layouts of data sets.

In the demo world:
  npm run -s eval -- chat  [--clips 300] [--seed 0] [--plain] [--package DIR] [--json]
  npm run -s eval -- probe [--clips 600] [--seed 0] [--package DIR] [--json]

chat asks a server of its own about unseen clips: mp4 in, answer text out, each question in a fresh conversation.
probe fits a linear reader of direction to the encoder's tokens, with and without the branch.
`;

type Word = (args: readonly string[], signal: AbortSignal) => Promise<void>;

const words: ReadonlyMap<string, Word> = new Map(Object.entries({ temporal, chat, probe }));

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

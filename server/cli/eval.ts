import { AppError } from '#errors';
import { chat } from './eval/chat.ts';
import { probe } from './eval/probe.ts';
import { recognition } from './eval/recognition.ts';
import { retrieval } from './eval/retrieval.ts';
import { temporal } from './eval/temporal.ts';
import { runCommand } from './run-command.ts';

const usage = `Measures a package.

On clips of yours:
  npm run -s eval -- retrieval   DIR|FILE [--videos DIR] [--modes LIST] [--mug FORM] [--post dsl,qb-norm] [--bank FILE] [--merge-same]
  npm run -s eval -- recognition DIR|FILE [--videos DIR] [--modes LIST] [--mug FORM] [--template 'a video of {}' ...]
  npm run -s eval -- temporal    CLIP|DIR [--question TEXT] [--limit N]

retrieval finds clips by their captions and captions by their clips: recall and ranks with the branch and without, by Mug and
by the mean of the frames (--modes mug-stan,stan,mug,clip). --mug simple, full or top-k:K is Mug's form, the package's own
unless given. --post adds rows that see all queries at once (dsl) or captions of training clips (qb-norm, from --bank). With --merge-same equal captions are one text, and any clip of theirs is right.
recognition names what each clip shows, the labels being the texts.
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

const words: ReadonlyMap<string, Word> = new Map(
  Object.entries({ retrieval, recognition, temporal, chat, probe }),
);

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

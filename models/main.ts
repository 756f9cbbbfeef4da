import { check } from '#models/commands/check.ts';
import { compile } from '#models/commands/compile.ts';
import { goldens } from '#models/commands/goldens.ts';
import { importCommand } from '#models/commands/import.ts';
import { list } from '#models/commands/list.ts';
import { pullCommand } from '#models/commands/pull.ts';
import { runCommand } from './run-command.ts';

const usage = `Usage: npm run -s models -- COMMAND
  list                        packages that are here, and those that can be pulled
  pull NAME [--out DIR]       download a package's public weights and import them (data/models/NAME);
                              --stan REPO:FILE and the like put another source in the catalogue's place
  import --llava PATH_OR_REPO [--mmproj FILE] [--clip PATH_OR_REPO] --stan FILE_OR_REPO --out DIR
                              make a package of weights you have, or of repositories of the hub
  check DIR                   read a package through and run its encoder once
  compile DIR --out PACKAGE   make a package from a finished training run
  goldens DIR                 compare the nets with reference outputs; fails above the tolerance

pull and import also take
  --precision f32|int8        int8: a quarter of the encoder's size, faster, a little less exact (f32)
  --slots N                   clips that can be talked about at once (16)
  --frames N                  frames looked at in a clip unless asked otherwise (what the branch was published with:
                              BT-Adapter 64 for chat and 12 for search, Mug-STAN 12)
  --context N                 most tokens of a conversation (4096, or the LLM's own limit)
  --template NAME             a conversation template of prompts/conversation, where the guess is wrong
  --resize crop|pad|squash    how frames become squares, where the guess is wrong
  --fusion matched|sum|mean   how the branch's tokens join the tower's, where not as published
  --name NAME                 what the package calls itself
Repositories are owner/name, owner/name@revision or owner/name:file. HF_TOKEN and HF_ENDPOINT are honoured.`;

const commands = new Map(
  Object.entries({ list, pull: pullCommand, import: importCommand, check, compile, goldens }),
);

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands.get(name);
  const asks = name === '--help' || args.includes('--help');
  if (command !== undefined && !asks) return command(args);
  process.stderr.write(`${usage}\n`);
  return asks ? 0 : 2;
}

await runCommand(usage, main);

import { Command } from 'commander';
import { readConfig } from '#config';
import { AppError } from '#errors';
import { backup, restore } from '#store/backup.ts';
import { examine, quarantine } from '#store/doctor.ts';
import { runCommand } from './run-command.ts';

/** `backup DIR | restore DIR | doctor [--quarantine]`: what a server keeps, copied, put back and examined. */
function dataCommand(): Command {
  const command = new Command('data').description('Backs up, restores and examines what a server keeps.');
  command.option('--data-dir <dir>', 'folder of the server (DATA_DIR)').exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  const dataDir = (): string => {
    const { dataDir: named } = command.opts<{ dataDir?: string }>();
    return named ?? readConfig([], process.env).dataDir;
  };
  command
    .command('backup')
    .description('copies database and clips, also while the server runs')
    .argument('<dir>', 'new, or of an earlier backup')
    .action(async (target: string) => say(`${await backup(dataDir(), target)} clips are in ${target}.`));
  command
    .command('restore')
    .description('puts a backup into an empty folder of a server that does not run')
    .argument('<dir>', 'of the backup')
    .action(async (source: string) => say(`${await restore(source, dataDir())} clips are in ${dataDir()}.`));
  command
    .command('doctor')
    .description('examines the folder of a server')
    .option('--quarantine', 'sets aside the clips that the database does not know')
    .action(async ({ quarantine: setAside }: { quarantine?: boolean }) => {
      if (setAside) say(`${await quarantine(dataDir())} clips were set aside.`);
      const findings = await examine(dataDir());
      for (const { what, ok, details } of findings)
        say(`${ok ? 'ok ' : 'BAD'}  ${what.padEnd(9)} ${details}`);
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
  return command;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await runCommand(async function data() {
  try {
    await dataCommand().parseAsync();
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && `${thrown.code}`.startsWith('commander.')))
      throw thrown;
    if ('exitCode' in thrown && thrown.exitCode === 0) return;
    throw new AppError('invalid_request', thrown.message, { cause: thrown });
  }
});

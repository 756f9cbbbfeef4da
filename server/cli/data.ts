import { readConfig } from '#config';
import { newCommand } from '#core/command-line.ts';
import { backup, restore } from '#store/backup.ts';
import { examine, quarantine } from '#store/doctor.ts';

/** `backup DIR | restore DIR | doctor [--quarantine]`: what a server keeps, copied, put back and examined. */
export function dataCommand() {
  const about = 'Backs up, restores and examines what a server keeps.';
  const command = newCommand('data', about).option('--data-dir <dir>', 'folder of the server (DATA_DIR)');
  const dataDir = (): string => {
    const { dataDir: named } = command.opts();
    return named ?? readConfig({}, process.env).dataDir;
  };
  command
    .command('backup')
    .description('copies database and clips, also while the server runs')
    .argument('<dir>', 'new, or of an earlier backup')
    .action(async (target) => say(`${await backup(dataDir(), target)} clips are in ${target}.`));
  command
    .command('restore')
    .description('puts a backup into an empty folder of a server that does not run')
    .argument('<dir>', 'of the backup')
    .action(async (source) => say(`${await restore(source, dataDir())} clips are in ${dataDir()}.`));
  command
    .command('doctor')
    .description('examines the folder of a server')
    .option('--quarantine', 'sets aside the clips that the database does not know')
    .action(async ({ quarantine: setAside }) => {
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

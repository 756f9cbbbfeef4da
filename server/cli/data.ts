import { readConfig } from '#config';
import { findDecoder } from '#engine/media/decoder.ts';
import { toAppError } from '#errors';
import { newCommand } from '#core/command-line.ts';
import { backup, restore } from '#store/backup.ts';
import { examine, type Finding, quarantine } from '#store/doctor.ts';

/** `backup DIR`: copies database and clips, also while the server runs. */
export function backupCommand() {
  return newDataCommand('backup', 'Copies database and clips, also while the server runs.')
    .argument('<dir>', 'new, or of an earlier backup')
    .action(async (target, { dataDir }) =>
      say(`${await backup(folderOf(dataDir), target)} clips are in ${target}.`),
    );
}

/** `restore DIR`: puts a backup into an empty folder of a server that does not run. */
export function restoreCommand() {
  return newDataCommand('restore', 'Puts a backup into an empty folder of a server that does not run.')
    .argument('<dir>', 'of the backup')
    .action(async (source, { dataDir }) => {
      const folder = folderOf(dataDir);
      say(`${await restore(source, folder)} clips are in ${folder}.`);
    });
}

/** `doctor`: examines the folder of a server; exits 1 if something is wrong. */
export function doctorCommand() {
  return newDataCommand('doctor', 'Examines the folder of a server, and says what would run where.')
    .option('--quarantine', 'sets aside the clips that the database does not know', false)
    .action(async ({ dataDir, quarantine: setAside }) => {
      // what brings the whole engine is imported for this command alone
      const { examineDevices } = await import('#engine/devices.ts');
      const folder = folderOf(dataDir);
      if (setAside) say(`${await quarantine(folder)} clips were set aside.`);
      const { gpu } = readConfig({}, process.env);
      const findings = [...(await examine(folder)), await examineDecoder(), ...(await examineDevices(gpu))];
      for (const { what, ok, details } of findings)
        say(`${ok ? 'ok ' : 'BAD'}  ${what.padEnd(9)} ${details}`);
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

async function examineDecoder(): Promise<Finding> {
  try {
    const { ffmpeg, sandbox, failures } = await findDecoder();
    const why = failures.length === 0 ? '' : ` (${failures.join('; ')})`;
    const ok = sandbox === 'bubblewrap' || sandbox === 'namespaces';
    return { what: 'decoder', ok, details: `${ffmpeg}, sandbox: ${sandbox}${why}` };
  } catch (thrown) {
    return { what: 'decoder', ok: false, details: toAppError(thrown).message };
  }
}

function newDataCommand(name: string, about: string) {
  return newCommand(name, about).option('--data-dir <dir>', 'folder of the server (DATA_DIR)');
}

function folderOf(dataDir: string | undefined): string {
  return dataDir ?? readConfig({}, process.env).dataDir;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

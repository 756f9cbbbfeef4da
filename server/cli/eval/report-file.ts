import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { replaceFile } from '#models/formats/replace-file.ts';
import { AppError } from '#errors';

/** Found out before the work, not after it. Throws `invalid_request` for a file that cannot be written. */
export async function checkReportFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const folder = dirname(resolve(path));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new AppError('invalid_request', `--json: cannot write into ${folder}`, { cause });
  });
}

/** Writes a report as JSON, where a file is named. Numbers that are none (a share of nothing) become null. */
export async function writeReport(path: string | undefined, report: object): Promise<void> {
  if (path === undefined) return;
  await replaceFile(path, (file) => file.writeFile(`${JSON.stringify(report, null, 1)}\n`));
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { chooseFiles, type Role } from './choose-files.ts';
import { type Disk, localDisk, requireRoom } from './disk.ts';
import { download } from './download.ts';
import { fileAddress, listRepository } from './hub.ts';
import type { Hub } from './hub-settings.ts';
import type { TransferReport } from './transfer-report.ts';

/** Files of a repository that serve one role. */
export interface Source {
  readonly role: Role;
  /** `owner/name` */
  readonly repo: string;
  readonly revision?: string | undefined;
  /** Patterns that pick one file; without them, what the role is made of. */
  readonly files?: readonly string[] | undefined;
}

export interface PlannedFile {
  readonly address: string;
  readonly target: string;
  readonly bytes: number;
  readonly sha256?: string;
}

/** Where a source will lie, and what has to be downloaded for that. */
export interface SourcePlan {
  readonly role: Role;
  /** A file, or the folder of several. */
  readonly path: string;
  readonly files: readonly PlannedFile[];
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly report: TransferReport;
  readonly disk?: Disk | undefined;
}

/** Lists the repository and chooses. Downloads nothing. Throws `HubError`. */
export async function planSource(
  hub: Hub,
  { role, repo, revision, files: patterns }: Source,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<SourcePlan> {
  const listed = await listRepository(hub, repo, { revision, signal });
  const { folder, files } = chooseFiles(repo, listed, role, patterns);
  const home = join(cacheDir, revision === undefined ? repo : `${repo}@${encodeURIComponent(revision)}`);
  const planned = files.map(({ path, ...facts }) => ({
    ...facts,
    address: fileAddress(hub, repo, path, revision),
    target: join(home, path),
  }));
  return { role, path: folder ? home : (planned[0]?.target ?? home), files: planned };
}

/** Downloads what plans need, a file once, with one report over all of it. Throws `HubError` or the signal's reason. */
export async function fetchPlans(
  hub: Hub,
  plans: readonly SourcePlan[],
  cacheDir: string,
  { signal, report, disk = localDisk }: FetchOptions,
): Promise<void> {
  const files = [...new Map(plans.flatMap((plan) => plan.files).map((file) => [file.target, file])).values()];
  await mkdir(cacheDir, { recursive: true });
  await requireRoom(disk, cacheDir, await missingBytes(files));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const finished = { bytes: 0, received: 0 };
  try {
    for (const { address, target, bytes, sha256 } of files) {
      let received = 0;
      const file = target.slice(cacheDir.length + 1);
      await download(hub, address, target, {
        bytes,
        sha256,
        signal,
        disk,
        onProgress(progress) {
          received = progress.received;
          report.update({
            done: finished.bytes + progress.bytes,
            total,
            received: finished.received + received,
            file,
          });
        },
      });
      finished.bytes += bytes;
      finished.received += received;
      report.update({ done: finished.bytes, total, received: finished.received, file });
    }
  } finally {
    report.stop();
  }
}

/** What is yet to come, judged by sizes alone; `download` looks closer. */
async function missingBytes(files: readonly PlannedFile[]): Promise<number> {
  let missing = 0;
  for (const { target, bytes } of files) {
    const size = async (path: string): Promise<number> => (await findStats(path))?.size ?? 0;
    const here = (await size(target)) === bytes ? bytes : await size(`${target}.part`);
    missing += Math.max(0, bytes - here);
  }
  return missing;
}

import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Role } from './choose-files.ts';
import { download } from './download.ts';
import { fetchHeader } from './fetch-header.ts';
import { fetchRange } from './fetch-range.ts';
import type { FetchOptions, PlannedFile, SourcePlan } from './fetch-source.ts';
import type { Hub } from './hub-settings.ts';

/** Weights that are smaller are downloaded at once, as are configurations and tokenizers. */
const small = 2 ** 18;
const isWeights = /\.(gguf|safetensors|pth?|bin)$/i;

/**
 * Has `check` look at the sources of plans before their gigabytes are downloaded: at paths where of each file of weights
 * only the header is. It is not asked where a hub sends no parts of files. Throws `HubError`, the signal's reason, or what
 * `check` throws.
 */
export async function checkHeaders(
  hub: Hub,
  plans: readonly SourcePlan[],
  cacheDir: string,
  { signal, disk }: Pick<FetchOptions, 'signal' | 'disk'>,
  check: (paths: ReadonlyMap<Role, string>) => Promise<void>,
): Promise<void> {
  const folder = join(cacheDir, `.headers-${randomUUID()}`);
  const inFolder = (path: string): string => join(folder, relative(cacheDir, path));
  try {
    const files = new Map(plans.flatMap((plan) => plan.files).map((file) => [file.target, file]));
    for (const file of files.values()) {
      const path = inFolder(file.target);
      await mkdir(dirname(path), { recursive: true });
      if (!(await isHere(file))) {
        if (isWeights.test(file.target) && file.bytes > small) {
          const read = (start: number, length: number) =>
            fetchRange(hub, file.address, start, length, signal);
          if (!(await fetchHeader({ bytes: file.bytes, read }, path))) return;
          continue;
        }
        await download(hub, file.address, file.target, { ...file, signal, disk });
      }
      await symlink(file.target, path);
    }
    await check(new Map(plans.map(({ role, path }) => [role, inFolder(path)])));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isHere({ target, bytes }: PlannedFile): Promise<boolean> {
  return (await stat(target).catch(() => undefined))?.size === bytes;
}

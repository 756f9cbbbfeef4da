import { access } from 'node:fs/promises';
import { cacheFolder } from './cache-folder.ts';
import type { Role } from './choose-files.ts';
import type { Disk } from './disk.ts';
import { fetchPlans, planSource, type Source } from './fetch-source.ts';
import { repositoryName, revisionName } from './hub.ts';
import { type Hub, hubSettings } from './hub-settings.ts';
import { type TransferReport, transferReport } from './transfer-report.ts';

export interface ResolveOptions {
  /** Where downloads are kept; `cacheFolder()` where left out. */
  readonly cacheDir?: string | undefined;
  readonly hub?: Hub | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly report?: TransferReport | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * A path for what a user names: an existing file or folder is used as it is, `owner/name[@revision][:file]` is
 * downloaded with the files the role needs. Throws `HubError`, or an `Error` for what is neither.
 */
export async function resolveSource(
  pathOrRepo: string,
  role: Role,
  {
    cacheDir = cacheFolder(),
    hub = hubSettings(),
    signal,
    report = transferReport(),
    disk,
  }: ResolveOptions = {},
): Promise<string> {
  if (await exists(pathOrRepo)) return pathOrRepo;
  const plan = await planSource(hub, parseSource(pathOrRepo, role), cacheDir, signal);
  await fetchPlans(hub, [plan], cacheDir, { signal, report, disk });
  return plan.path;
}

const isWeights = /\.(gguf|safetensors|pth?|bin)$/i;

function parseSource(text: string, role: Role): Source {
  const [, repo, revision, pattern] = /^([^@:]+)(?:@([^:]+))?(?::(.+))?$/.exec(text) ?? [];
  if (
    repo === undefined ||
    !repositoryName.safeParse(repo).success ||
    isWeights.test(repo) ||
    (revision !== undefined && !revisionName.safeParse(revision).success)
  ) {
    const repository = 'a repository (owner/name, owner/name@revision or owner/name:file)';
    throw new Error(`--${role} ${JSON.stringify(text)} is neither a file or folder here nor ${repository}`);
  }
  return { role, repo, revision, files: pattern === undefined ? undefined : [pattern] };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

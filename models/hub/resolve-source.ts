import { access } from 'node:fs/promises';
import { cacheFolder } from './cache-folder.ts';
import type { Role } from './choose-files.ts';
import type { Disk } from './disk.ts';
import { checkHeaders } from './check-headers.ts';
import { fetchPlans, planSource, type Source, type SourcePlan } from './fetch-source.ts';
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
 * Paths for what a user names: an existing file or folder is used as it is, `owner/name[@revision][:file]` is downloaded with
 * the files the role needs, after `check` has looked at the headers of all of them. Throws `HubError`, an `Error` for what is
 * neither, or what `check` throws.
 */
export async function resolveSources(
  named: ReadonlyMap<Role, string>,
  {
    cacheDir = cacheFolder(),
    hub = hubSettings(),
    signal,
    report = transferReport(),
    disk,
    check,
  }: ResolveOptions & { readonly check?: (paths: ReadonlyMap<Role, string>) => Promise<void> } = {},
): Promise<ReadonlyMap<Role, string>> {
  const here = new Map<Role, string>();
  const plans: SourcePlan[] = [];
  for (const [role, pathOrRepo] of named) {
    if (await exists(pathOrRepo)) here.set(role, pathOrRepo);
    else plans.push(await planSource(hub, parseSource(pathOrRepo, role), cacheDir, signal));
  }
  if (plans.length === 0) return here;
  if (check !== undefined) {
    const all = (headers: ReadonlyMap<Role, string>) => check(new Map([...here, ...headers]));
    await checkHeaders(hub, plans, cacheDir, { signal, disk }, all);
  }
  await fetchPlans(hub, plans, cacheDir, { signal, report, disk });
  return new Map([...here, ...plans.map(({ role, path }) => [role, path] as const)]);
}

const isWeights = /\.(gguf|safetensors|pth?|bin)$/i;

/** `owner/name[@revision][:file]`. Throws an `Error` for anything else. */
export function parseSource(text: string, role: Role): Source {
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

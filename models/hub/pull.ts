import { cacheFolder } from './cache-folder.ts';
import { findEntry } from './catalogue.ts';
import { checkHeaders } from './check-headers.ts';
import type { Role } from './choose-files.ts';
import { fetchPlans, planSource, type SourcePlan } from './fetch-source.ts';
import { hubSettings } from './hub-settings.ts';
import { parseSource, type ResolveOptions } from './resolve-source.ts';
import { transferReport } from './transfer-report.ts';

/** What `models import` takes, as paths. */
export interface ImportSources {
  readonly llava: string;
  readonly mmproj?: string;
  readonly clip?: string;
  readonly stan: string;
  readonly out: string;
}

export interface PullOptions<T> extends ResolveOptions {
  /** Where the package goes. */
  readonly out: string;
  /** `owner/name[@revision][:file]` in place of the catalogue's source for a role. */
  readonly instead?: ReadonlyMap<Role, string> | undefined;
  /** Looks at the headers of the sources before they are downloaded; not asked where it is left out. */
  readonly checkSources?: ((sources: ImportSources) => Promise<void>) | undefined;
  readonly importPackage: (sources: ImportSources) => Promise<T>;
}

/**
 * Downloads everything a package of the catalogue is made of, then has it imported. Goes on where an earlier call was
 * cut off. Throws `HubError`, an `Error` for an unknown name, or what the check or the import throws.
 */
export async function pull<T>(
  name: string,
  {
    out,
    instead,
    checkSources,
    importPackage,
    cacheDir = cacheFolder(),
    hub = hubSettings(),
    signal,
    report = transferReport(),
    disk,
  }: PullOptions<T>,
): Promise<T> {
  const { sources } = findEntry(name);
  const plans: SourcePlan[] = [];
  for (const source of sources) {
    const other = instead?.get(source.role);
    const chosen = other === undefined ? source : parseSource(other, source.role);
    plans.push(await planSource(hub, chosen, cacheDir, signal));
  }
  if (checkSources !== undefined) {
    await checkHeaders(hub, plans, cacheDir, { signal, disk }, (paths) =>
      checkSources(sourcesAt(paths, out)),
    );
  }
  await fetchPlans(hub, plans, cacheDir, { signal, report, disk });
  return importPackage(sourcesAt(new Map(plans.map((plan) => [plan.role, plan.path])), out));
}

function sourcesAt(path: ReadonlyMap<Role, string>, out: string): ImportSources {
  const [llava, mmproj, clip, stan] = [
    path.get('llava'),
    path.get('mmproj'),
    path.get('clip'),
    path.get('stan'),
  ];
  if (llava === undefined || stan === undefined) throw new RangeError('a package needs --llava and --stan');
  return { llava, ...(mmproj && { mmproj }), ...(clip && { clip }), stan, out };
}

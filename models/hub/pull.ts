import { cacheFolder } from './cache-folder.ts';
import { findEntry } from './catalogue.ts';
import { fetchPlans, planSource, type SourcePlan } from './fetch-source.ts';
import { hubSettings } from './hub-settings.ts';
import type { ResolveOptions } from './resolve-source.ts';
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
  readonly importPackage: (sources: ImportSources) => Promise<T>;
}

/**
 * Downloads everything a package of the catalogue is made of, then has it imported. Goes on where an earlier call was
 * cut off. Throws `HubError`, an `Error` for an unknown name, or what the import throws.
 */
export async function pull<T>(
  name: string,
  {
    out,
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
  for (const source of sources) plans.push(await planSource(hub, source, cacheDir, signal));
  await fetchPlans(hub, plans, cacheDir, { signal, report, disk });
  const path = new Map(plans.map((plan) => [plan.role, plan.path]));
  const [llava, mmproj, clip, stan] = [
    path.get('llava'),
    path.get('mmproj'),
    path.get('clip'),
    path.get('stan'),
  ];
  if (llava === undefined || stan === undefined) throw new RangeError(`${name} lacks --llava or --stan`);
  return importPackage({ llava, ...(mmproj && { mmproj }), ...(clip && { clip }), stan, out });
}

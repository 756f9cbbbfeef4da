import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where downloads are kept: `STAN_LLAVA_CACHE`, else `stan-llava` in `XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { STAN_LLAVA_CACHE: own, XDG_CACHE_HOME: caches = '' } = env;
  if (own !== undefined && own !== '') return resolve(own);
  // The XDG specification has relative paths ignored.
  return join(isAbsolute(caches) ? caches : join(homedir(), '.cache'), 'stan-llava');
}

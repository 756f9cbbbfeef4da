import { AppError, isClipFault } from '#errors';

/** A clip that is left out of a measurement, and why. */
export interface Unusable {
  readonly name: string;
  readonly reason: string;
}

/** What `work` gives, or why its clip cannot be used; every other failure is thrown. */
export async function orUnusable<T>(name: string, work: () => Promise<T>): Promise<T | Unusable> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && isClipFault(error.code)) return { name, reason: error.message };
    throw error;
  }
}

/** Lines about clips that were left out; names of many are in the report only. */
export function tellLeftOut(missing: readonly string[], unusable: readonly Unusable[]): string {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
  const gone = missing.length === 0 ? '' : `${missing.length} clips are not there: ${some(missing)}\n`;
  const reasons = unusable.map(({ name, reason }) => `${name} (${reason})`);
  return reasons.length === 0 ? gone : `${gone}${reasons.length} clips cannot be read: ${some(reasons)}\n`;
}

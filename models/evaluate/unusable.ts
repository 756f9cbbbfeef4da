/** A clip that cannot be read, through a fault of its own. The message says why. */
export class UnusableClip extends Error {
  override readonly name = 'UnusableClip';
}

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
    if (error instanceof UnusableClip) return { name, reason: error.message };
    throw error;
  }
}

/** Lines about clips that were left out; names of many are in the report only. */
export function describeLeftOut(missing: readonly string[], unusable: readonly Unusable[]): string {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
  const absent = missing.length === 0 ? '' : `${missing.length} clips are not there: ${some(missing)}\n`;
  const reasons = unusable.map(({ name, reason }) => `${name} (${reason})`);
  return reasons.length === 0
    ? absent
    : `${absent}${reasons.length} clips cannot be read: ${some(reasons)}\n`;
}

import { UnusableClip } from '#models/evaluate/unusable.ts';
import { AppError, isClipFault } from '#errors';

/** Has a clip's own fault thrown as `UnusableClip`; every other failure is thrown as it is. */
export async function asUnusableClip<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError && isClipFault(cause.code)) {
      throw new UnusableClip(cause.message, { cause });
    }
    throw cause;
  }
}

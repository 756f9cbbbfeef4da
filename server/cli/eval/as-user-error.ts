import { DatasetError } from '#models/evaluate/datasets/dataset-error.ts';
import { PackageError } from '#models/package/package-error.ts';
import { AppError } from '#errors';

/** What `read` reads; what is wrong with a data set or a package is told as of a wrong call. */
export async function asUserError<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DatasetError) throw new AppError('invalid_request', cause.message, { cause });
    if (cause instanceof PackageError) throw new AppError(`package_${cause.code}`, cause.message, { cause });
    throw cause;
  }
}

/** `missing`: there is no package, or a part of it is not there. `invalid`: it is there and not what it says. */
export type PackageErrorCode = 'missing' | 'invalid';

/** A model package that cannot be used. One line: the file, what is wrong with it, what to do. */
export class PackageError extends Error {
  readonly code: PackageErrorCode;

  constructor(code: PackageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PackageError';
    this.code = code;
  }
}

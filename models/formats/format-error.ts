/**
 * What can be wrong with a file somebody hands us.
 * - `unreadable`: it cannot be opened (absent, a folder, no permission)
 * - `unsupported`: a valid file, but of a kind we do not read
 * - `truncated`: it ends before what it promises
 * - `malformed`: it contradicts itself or its format
 * - `too_large`: it asks for more than our bounds allow
 * - `forbidden`: it asks us to run something
 * - `no_such_tensor`: it lacks the tensor that was asked for
 */
export type FormatErrorCode =
  | 'unreadable'
  | 'unsupported'
  | 'truncated'
  | 'malformed'
  | 'too_large'
  | 'forbidden'
  | 'no_such_tensor';

/** A file that is not what it should be. One line: the file and what is wrong with it. */
export class FormatError extends Error {
  readonly code: FormatErrorCode;
  readonly file: string;

  constructor(code: FormatErrorCode, file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.name = 'FormatError';
    this.code = code;
    this.file = file;
  }
}

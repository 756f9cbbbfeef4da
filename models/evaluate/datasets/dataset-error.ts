/** A data set that cannot be read, in one line that says what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}

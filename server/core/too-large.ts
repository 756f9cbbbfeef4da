import { AppError } from '#errors';

/** The refusal of a clip with more bytes than are accepted. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The clip is larger than the ${maxBytes} bytes this server takes.`);
}

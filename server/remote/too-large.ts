import { AppError } from '#errors';

export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The clip is larger than the ${maxBytes} bytes this server takes.`);
}

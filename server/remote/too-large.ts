import { AppError } from '../errors.ts';

export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The clip is larger than the ${maxBytes} bytes this server takes.`);
}

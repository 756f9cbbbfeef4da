import type { z } from 'zod';
import { AppError } from '#errors';

/** A value from outside as its schema's type. Throws `invalid_request`, naming the first field that is wrong. */
export function parseRequest<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  const message = field ? `${field}: ${issue?.message}` : `${issue?.message}`;
  throw new AppError('invalid_request', message, { param: field || undefined });
}

import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { z } from 'zod';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';

/**
 * The arguments of a word: its options by their names, and `target`, the one that has none where it takes one. Throws
 * `invalid_request`.
 */
export function readCall<S extends z.ZodType>(
  args: readonly string[],
  schema: S,
  options: NonNullable<ParseArgsConfig['options']>,
): z.output<S> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [target, ...rest] = positionals;
    if (rest.length > 0) throw new Error(`"${rest[0]}" is one word too many`);
    return parseRequest(schema, { ...values, ...(target !== undefined && { target }) });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const [problem] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new AppError('invalid_request', `${problem}; --help tells more`, { cause });
  }
}

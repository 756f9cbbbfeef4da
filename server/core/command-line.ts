import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { z } from 'zod';

/** A command of the program. What is wrong with a call is thrown as commander's error, for `runCommand` to report. */
export function newCommand(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
}

/** Reads an argument or the value of an option by a schema. */
export function parsedBy<S extends z.ZodType>(schema: S): (text: string) => z.output<S> {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'It cannot be read.');
  };
}

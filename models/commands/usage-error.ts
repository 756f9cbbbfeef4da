/** A call that makes no sense: the line, then the usage, exit code 2, as for what `parseArgs` itself refuses. */
export function usageError(expected: string): Error {
  return Object.assign(new TypeError(`Expected: ${expected}`), { code: 'ERR_PARSE_ARGS_EXPECTED' });
}

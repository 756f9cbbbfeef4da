/**
 * Runs a command to its end; its result is the exit code. A failure becomes one line on stderr and exit code 1, a call
 * that `parseArgs` cannot read the line, the usage and exit code 2.
 */
export async function runCommand(usage: string, command: () => Promise<number>): Promise<void> {
  // by `exit`, which lets unfinished files be removed; the codes are the shell's
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  try {
    process.exitCode = await command();
  } catch (error) {
    const misread =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (misread) process.stderr.write(`${usage}\n`);
    process.exitCode = misread ? 2 : 1;
  }
}

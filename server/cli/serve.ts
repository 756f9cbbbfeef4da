import { readConfig, settingsHelp, settingFlags } from '#config';
import { newCommand } from '#core/command-line.ts';
import { serve } from '#server/main.ts';

/** `serve`: each setting is a flag, and an environment variable. */
export function serveCommand(signal: AbortSignal) {
  const command = newCommand('serve', 'Runs the server.');
  for (const { flag, about } of settingFlags) command.option(`--${flag} <value>`, about);
  return command
    .addHelpText('after', settingsHelp)
    .action((flags: Readonly<Record<string, string>>) => serve(readConfig(flags, process.env), signal));
}

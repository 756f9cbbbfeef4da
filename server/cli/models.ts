import { checkCommand } from '#models/commands/check.ts';
import { compileCommand } from '#models/commands/compile.ts';
import { goldensCommand } from '#models/commands/goldens.ts';
import { importCommand } from '#models/commands/import.ts';
import { listCommand } from '#models/commands/list.ts';
import { pullCommand } from '#models/commands/pull.ts';
import { newCommand } from '#core/command-line.ts';

/** `models`: everything about model packages. */
export function modelsCommand() {
  return newCommand('models', 'Pulls, imports, checks and lists model packages.')
    .addCommand(listCommand())
    .addCommand(pullCommand())
    .addCommand(importCommand())
    .addCommand(checkCommand())
    .addCommand(compileCommand())
    .addCommand(goldensCommand());
}

import { newCommand } from '#core/command-line.ts';
import { type Interrupt, runCommand } from './run-command.ts';

type AnyCommand = Parameters<ReturnType<typeof newCommand>['addCommand']>[0];

interface Entry {
  readonly about: string;
  /** Makes the command. Its code is imported only when it is called: most commands bring the whole engine. */
  readonly load: (signal: AbortSignal) => Promise<AnyCommand>;
  readonly interrupt?: Interrupt;
}

/**
 * Every command of the program. A new one is a file that exports a function from an `AbortSignal` to a command made by
 * `newCommand`, and a line here.
 */
const commands: Readonly<Record<string, Entry>> = {
  serve: {
    about: 'run the server',
    load: async (signal) => (await import('./serve.ts')).serveCommand(signal),
  },
  ask: {
    about: 'ask one question about one clip',
    load: async (signal) => (await import('./ask.ts')).askCommand(signal),
  },
  cut: {
    about: 'write the moments of a clip that a text is about as an mp4',
    load: async (signal) => (await import('./cut.ts')).cutCommand(signal),
  },
  keys: {
    about: 'make, list and revoke API keys',
    load: async () => (await import('./keys.ts')).keysCommand(),
  },
  backup: {
    about: 'copy what a server keeps, also while it runs',
    load: async () => (await import('./data.ts')).backupCommand(),
  },
  restore: {
    about: 'put a backup into an empty data folder',
    load: async () => (await import('./data.ts')).restoreCommand(),
  },
  doctor: {
    about: 'examine a data folder and the devices',
    load: async () => (await import('./data.ts')).doctorCommand(),
  },
  models: {
    about: 'pull, import, check and list model packages',
    load: async () => (await import('./models.ts')).modelsCommand(),
    // unfinished packages are removed at exit
    interrupt: 'exit',
  },
  eval: {
    about: 'measure a package on data sets',
    load: async (signal) => (await import('./eval.ts')).evalCommand(signal),
  },
  world: {
    about: 'draw clips and pictures of the synthetic demo data set',
    load: async (signal) => (await import('./world.ts')).worldCommand(signal),
  },
  things: {
    about: "renew the drawings of the synthetic data set's things",
    load: async () => (await import('#models/world/things/main.ts')).thingsCommand(),
  },
  train: {
    about: 'train the nets of the demo package',
    load: async () => (await import('#models/train/main.ts')).trainCommand(),
    interrupt: 'exit',
  },
  bench: {
    about: 'measure speed, memory and load',
    load: async (signal) => (await import('#bench/main.ts')).benchCommand(signal),
  },
};

const [, , name = ''] = process.argv;
const called = Object.hasOwn(commands, name) ? commands[name] : undefined;

await runCommand(async function stanLlava(signal) {
  const program = newCommand('stan-llava', 'A self-hosted video chat server, and the tools around it.');
  // what stands behind a command is the command's: `bench` and its own commands have options of one name
  program.enablePositionalOptions();
  for (const [other, { about }] of Object.entries(commands)) {
    if (other !== name) program.addCommand(newCommand(other, about));
  }
  if (called !== undefined) program.addCommand(await called.load(signal));
  await program.parseAsync();
}, called?.interrupt);

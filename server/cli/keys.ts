import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '#config';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { Database } from '#store/database.ts';

const keyName = parsedBy(z.string().trim().min(1, 'The name is empty.'));

/** `keys create NAME | list | revoke ID`: works on the database, also while a server uses it. */
export function keysCommand() {
  const command = newCommand('keys', 'Makes, lists and revokes API keys.').option(
    '--data-dir <dir>',
    'folder of the server (DATA_DIR)',
  );
  const withKeys = (use: (keys: ApiKeys) => string): void => {
    const { dataDir = readConfig({}, process.env).dataDir } = command.opts();
    const database = Database.open(join(dataDir, 'stan-llava.db'));
    try {
      process.stdout.write(use(new ApiKeys(database)));
    } finally {
      database.close();
    }
  };
  command
    .command('create')
    .description('makes a key and prints it, this once')
    .argument('<name>', 'says whose it is; several words in quotes', keyName)
    .action((name) =>
      withKeys((keys) => {
        const { key, id } = keys.create(name);
        return `${key}\nIt is shown this once. To revoke it: npm run -s keys -- revoke ${id}\n`;
      }),
    );
  command
    .command('list')
    .description('lists the keys by id, time and name')
    .action(() =>
      withKeys((keys) =>
        keys
          .list()
          .map(({ id, name, createdAt }) => `${id}  ${new Date(createdAt).toISOString()}  ${name}\n`)
          .join(''),
      ),
    );
  command
    .command('revoke')
    .description('makes a key useless at once')
    .argument('<id>', 'as list shows it')
    .action((id) =>
      withKeys((keys) => {
        keys.revoke(id);
        return 'The key is revoked.\n';
      }),
    );
  return command;
}

import { join } from 'node:path';
import { z } from 'zod';
import { role } from '#contract/session.ts';
import { readConfig } from '#config';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { Database } from '#store/database.ts';

const dayCount = z.coerce.number().positive().max(36_500);
const msPerDay = 24 * 3_600_000;

function dayOf(time: number | null): string {
  return time === null ? 'never' : new Date(time).toISOString().slice(0, 10);
}

const keyName = parsedBy(z.string().trim().min(1, 'The name is empty.'));

/** `keys create USER | list | history | revoke ID`: works on the database, also while a server uses it. */
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
    .argument('<user>', 'whose it is; several words in quotes', keyName)
    .option('--role <role>', 'admin, member or read-only', parsedBy(role), 'member')
    .option('--days <number>', 'until it expires; never unless given', parsedBy(dayCount))
    .action((user, { role: parsedRole, days }) =>
      withKeys((keys) => {
        const expiresAt = days === undefined ? undefined : Date.now() + days * msPerDay;
        const { key, id } = keys.create(user, { role: role.parse(parsedRole), expiresAt });
        return `${key}\nIt is shown this once. To revoke it: npm run -s keys -- revoke ${id}\n`;
      }),
    );
  command
    .command('list')
    .description('lists the keys: id, days when it was made, expires and was last used, role, user')
    .action(() =>
      withKeys((keys) =>
        keys
          .list()
          .map(({ id, userName, role: may, createdAt, expiresAt, lastUsedAt }) => {
            const [made, ends, used] = [createdAt, expiresAt, lastUsedAt].map(dayOf);
            return `${id}  made ${made}  ends ${ends}  used ${used}  ${may}  ${userName}\n`;
          })
          .join(''),
      ),
    );
  command
    .command('history')
    .description('lists when keys were made and revoked, also those that are gone')
    .action(() =>
      withKeys((keys) =>
        keys
          .history()
          .map(
            ({ at, what, keyId, role: may, userName }) =>
              `${new Date(at).toISOString()}  ${what.padEnd(7)}  ${keyId}  ${may}  ${userName}\n`,
          )
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

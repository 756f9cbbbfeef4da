import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '#config';
import { AppError } from '#errors';
import { ApiKeys } from '#store/api-keys.ts';
import { Database } from '#store/database.ts';
import { runCommand } from './run-command.ts';

const usage = 'npm run -s keys -- create NAME | list | revoke ID [--data-dir DIR]';

await runCommand(async function keys() {
  const { action, subject, dataDir } = readCall();
  const database = Database.open(join(dataDir, 'stan-llava.db'));
  try {
    const keys = new ApiKeys(database);
    process.stdout.write(done(keys, action, subject));
  } finally {
    database.close();
  }
});

function done(keys: ApiKeys, action: string, subject: string | undefined): string {
  if (action === 'list' && subject === undefined) {
    return keys
      .list()
      .map(({ id, name, createdAt }) => `${id}  ${new Date(createdAt).toISOString()}  ${name}\n`)
      .join('');
  }
  if (action === 'create' && subject !== undefined && subject.trim() !== '') {
    const { key, id } = keys.create(subject.trim());
    return `${key}\nIt is shown this once. To take it back: npm run -s keys -- revoke ${id}\n`;
  }
  if (action === 'revoke' && subject !== undefined) {
    keys.revoke(subject);
    return 'The key opens nothing any more.\n';
  }
  throw new AppError('invalid_request', `Usage: ${usage}`);
}

function readCall(): { action: string; subject: string | undefined; dataDir: string } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      strict: true,
      options: { 'data-dir': { type: 'string' } },
    });
    const [action = '', subject, ...rest] = positionals;
    if (rest.length > 0) throw new Error('Put a name of several words in quotes');
    const { dataDir } = readConfig([], process.env);
    return { action, subject, dataDir: values['data-dir'] ?? dataDir };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const [problem] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new AppError('invalid_request', `${problem}. Usage: ${usage}`, { cause });
  }
}

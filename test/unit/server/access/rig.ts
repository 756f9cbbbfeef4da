import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { Access, type AccessOptions } from '#access/access.ts';
import { FailedKeys } from '#access/failed-keys.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { Database } from '#store/database.ts';
import { Sessions } from '#store/sessions.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

/** Access over a database of its own, where wrong keys are not slowed by the clock. */
export function accessRig() {
  const database = Database.open(join(tempFolder(), 'keys.db'));
  after(() => database.close());
  const keys = new ApiKeys(database);
  const sessions = new Sessions(database);
  const open = (options: Partial<AccessOptions> = {}): Access =>
    new Access({
      apiKey: undefined,
      keys,
      sessions,
      isLocal: true,
      failedKeys: new FailedKeys({ pause: async () => undefined }),
      ...options,
    });
  return { keys, sessions, open };
}

/** A request as it comes from an address, which is this machine's unless given. */
export function requestWith(
  headers: IncomingHttpHeaders,
  { method = 'GET', url = '/v1/models', remoteAddress = '127.0.0.1' } = {},
): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return Object.assign(new IncomingMessage(socket), { headers, method, url });
}

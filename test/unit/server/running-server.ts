import { createServer } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { ChatService } from '../../../server/chat/chat-service.ts';
import { ChatStore } from '../../../server/chat/chat-store.ts';
import { createApp } from '../../../server/http/app.ts';
import { createChatServer } from '../../../server/socket/chat-server.ts';
import { ClipStore } from '../../../server/store/clip-store.ts';
import { Database } from '../../../server/store/database.ts';
import { FakeEngine } from './fake-engine.ts';

export interface RunningServer {
  readonly url: string;
  readonly engine: FakeEngine;
  /** Names of the files in the clip store. */
  files(): Promise<string[]>;
  close(): Promise<void>;
}

/** Both halves of the server on a free port, over a fake engine. */
export async function startServer(
  folder: string,
  { apiKey, maxUploadBytes = 1000 }: { apiKey?: string; maxUploadBytes?: number } = {},
): Promise<RunningServer> {
  const engine = new FakeEngine();
  const log = pino({ level: 'silent' });
  const clips = join(folder, 'clips');
  const database = Database.open(join(folder, 'stan-llava.db'));
  const store = await ClipStore.open(database, clips);
  const clientDir = join(folder, 'client');
  const server = createServer(
    createApp({ store, engine, log, maxUploadBytes, apiKey, clientDir, dataDir: folder }),
  );
  const chat = new ChatService({ store: new ChatStore(database), clips: store, engine, log, patienceMs: 1000 });
  const sockets = createChatServer(server, { chat, log, apiKey });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    engine,
    files: () => readdir(clips),
    async close() {
      await chat.close();
      await sockets.close();
      server.closeAllConnections();
      database.close();
    },
  };
}

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { ChatService } from '#chat/chat-service.ts';
import { chatStores } from '#store/chat-stores.ts';
import { Background } from '#core/background.ts';
import { Access, type AccessOptions } from '#access/access.ts';
import { Leases } from '#access/leases.ts';
import { ClientRate } from '#access/client-rate.ts';
import { Metrics } from '#metrics/metrics.ts';
import type { ClipSearcher } from '#http/search.ts';
import type { PartFinder } from '#http/long-clips.ts';
import type { ReadinessChecks } from '#http/health.ts';
import { Sessions } from '#store/sessions.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { OpenRequests } from '#http/open-requests.ts';
import { createApp } from '#http/app.ts';
import { RemoteMedia } from '#remote/remote-media.ts';
import { createChatServer } from '#socket/chat-server.ts';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { AppError } from '#errors';
import type { UploadLimits } from '#store/upload-ledger.ts';
import { FakeEngine } from './fake-engine.ts';

export interface RunningServer {
  readonly url: string;
  readonly engine: FakeEngine;
  readonly keys: ApiKeys;
  /** Names of the files in the clip store. */
  files(): Promise<string[]>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Default: the model cannot search. */
  readonly search?: ClipSearcher;
  /** Default: there are no clips. */
  readonly longClips?: PartFinder;
  readonly apiKey?: string;
  readonly access?: Partial<AccessOptions>;
  readonly maxUploadBytes?: number;
  /** Default: no limit. */
  readonly requestsPerMinute?: number;
  readonly readiness?: ReadinessChecks;
  /** Of one client; default: no limit. */
  readonly maxConnections?: number;
  /** Default: none. */
  readonly log?: Logger;
  /** Default: none. */
  readonly uploadLimits?: UploadLimits;
  /** The built page; none unless given. */
  readonly clientDir?: string;
}

const absent = (): never => {
  throw new AppError('not_found', 'There is no clip with this id.');
};
/** Has no long clips. */
const noParts: PartFinder = {
  segments: (videoId) => ({ videoId, segments: [], complete: true }),
  moments: absent,
  chapters: (videoId) => ({ videoId, chapters: [], pending: false }),
  copies: absent,
  chapterStyle: 'short',
};

/** Both halves of the server on a free port, over a fake engine. */
export async function startServer(folder: string, options: TestServerOptions = {}): Promise<RunningServer> {
  const { apiKey, maxUploadBytes = 1000, requestsPerMinute = 0, readiness = {}, search } = options;
  const { clientDir = join(folder, 'client') } = options;
  const engine = new FakeEngine();
  const { log = pino({ level: 'silent' }), maxConnections = 0 } = options;
  const clips = join(folder, 'clips');
  const database = Database.open(join(folder, 'stan-llava.db'));
  const store = await ClipStore.open(database, clips);
  const keys = new ApiKeys(database);
  const sessions = new Sessions(database);
  const access = new Access({ ...options.access, apiKey, keys, sessions, isLocal: true });
  const leases = new Leases({
    recheck: (principal) => access.recheck(principal),
    intervalMs: 10,
    onError: (error) => assert.fail(String(error)),
  });
  const rate = new ClientRate(requestsPerMinute);
  const background = new Background(() => undefined);
  const metrics = new Metrics();
  metrics.watch(engine);
  const remote = new RemoteMedia({ allow: [], maxBytes: maxUploadBytes });
  const server = createServer(
    createApp({
      longClips: options.longClips ?? noParts,
      store,
      engine,
      remote,
      log,
      maxUploadBytes,
      access,
      leases,
      open: new OpenRequests(),
      rate,
      metrics,
      clientDir,
      dataDir: folder,
      readiness,
      search,
      background,
      ...(options.uploadLimits !== undefined && { uploadLimits: options.uploadLimits }),
    }),
  );
  const chat = new ChatService({
    ...chatStores(database),
    clips: store,
    engine,
    log,
    gracePeriodMs: 1000,
  });
  const sockets = createChatServer(server, { chat, log, access, leases, rate, maxConnections });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    keys,
    url: `http://127.0.0.1:${address.port}`,
    engine,
    files: () => readdir(clips),
    async close() {
      leases.close();
      await chat.close();
      await sockets.close();
      await background.close();
      server.closeAllConnections();
      database.close();
    },
  };
}

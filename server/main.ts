import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { ChatService } from '#chat/chat-service.ts';
import { keepForDays } from '#chat/retention.ts';
import { chatStores } from '#store/chat-stores.ts';
import { Background } from '#core/background.ts';
import { withLastResort } from '#core/last-resort.ts';
import { Leases } from '#access/leases.ts';
import { Access } from '#access/access.ts';
import { type Config, isLoopback } from './config.ts';
import { ClientRate } from '#access/client-rate.ts';
import { Metrics } from '#metrics/metrics.ts';
import { readinessChecks } from '#http/readiness.ts';
import { Sessions } from '#store/sessions.ts';
import { ApiKeys } from '#store/api-keys.ts';
import { loadEngine } from '#engine/load-engine.ts';
import type { Decoder } from '#engine/media/decoder.ts';
import { listen } from './listen.ts';
import { createApp } from '#http/app.ts';
import { OpenRequests } from '#http/open-requests.ts';
import { createStartingApp } from '#http/starting-app.ts';
import { RemoteMedia } from '#remote/remote-media.ts';
import { ClipSearch } from '#search/clip-search.ts';
import { LongClipSearch } from '#search/long-clip-search.ts';
import { createChatServer } from '#socket/chat-server.ts';
import { ClipStore } from '#store/clip-store.ts';
import { SegmentRows } from '#store/segment-rows.ts';
import { DataLock } from '#store/data-lock.ts';
import { Database } from '#store/database.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';

const root = join(import.meta.dirname, '..');
const clientDir = join(root, 'client/dist');

/** The default of 5 minutes would end a large upload over a slow line; a silent one ends sooner by itself. */
const requestTimeoutMs = 3_600_000;

/** For readers to take the end of what they were sent. */
const lastWordsMs = 3000;

/**
 * The composition root: runs the server until the signal aborts, and closes what it opened. Throws what opening and
 * loading throw, and errors that nothing caught.
 */
export async function serve(config: Config, signal: AbortSignal): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination(2));
  const onError = (error: unknown): void => {
    log.fatal({ err: error }, 'an error that nothing caught; the server closes in order and starts again');
  };
  await withLastResort((inner) => serveAlone(config, log, inner), { signal, onError });
}

/** One server for a DATA_DIR. */
async function serveAlone(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const background = new Background((what, error) => log.error({ err: error }, what));
  const lock = DataLock.take(config.dataDir);
  lock.keepFresh(background);
  try {
    await serveLocked(config, { log, background, signal });
  } finally {
    await background.close();
    lock.release();
  }
}

async function serveLocked(
  config: Config,
  { log, background, signal }: { log: Logger; background: Background; signal: AbortSignal },
): Promise<void> {
  const onWarning = (what: string, error: unknown): void => log.warn({ err: error }, what);
  const database = Database.open(join(config.dataDir, 'stan-llava.db'), { blockingMs: 20 });
  try {
    const keys = new ApiKeys(database);
    const sessions = new Sessions(database);
    const access = new Access({ ...config, keys, sessions, onWarning, isLocal: isLoopback(config.host) });
    const leases = new Leases({
      recheck: (principal) => access.recheck(principal),
      onError: (error) => log.error({ err: error }, 'keys in use could not be looked at'),
    });
    const rate = new ClientRate(config.requestsPerMinute);
    const quota = { maxBytes: config.maxUserBytes, maxClips: config.maxUserClips };
    const store = await ClipStore.open(database, join(config.dataDir, 'clips'), { quota, onWarning });
    const maxBytes = config.tokenCacheBytes;
    const tokenStore = await TokenStore.open(join(config.dataDir, 'tokens'), { maxBytes });
    const remote = new RemoteMedia({ allow: config.allowMediaHosts, maxBytes: config.maxUploadBytes });
    const metrics = new Metrics();
    const observer = { ...metrics.observer, onWarning };
    const open = new OpenRequests();
    let app = createStartingApp({ clientDir, log, access, open });
    const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
      app(request, response);
    });
    const address = await listen(server, config);
    const segments = new SegmentRows(database);
    const loading = { ...config, tokenStore, segmentStore: segments, observer, signal };
    const engine = await loadEngine(config.modelPackage, loading).catch((error: unknown) => {
      server.close();
      server.closeAllConnections();
      throw error;
    });
    log.info(`${engine.device}; ${engine.encoderDevice}`);
    metrics.watch(engine);
    warnOfWeakIsolation(engine.decoder, log);
    const { retrieval } = engine;
    const longClips = LongClipSearch.open({ engine, segments, clips: store, ...config, observer });
    const searchParts = { clips: store, database, longClips, observer };
    const search = retrieval && (await ClipSearch.open({ retrieval, ...searchParts }));
    if (search !== undefined) metrics.watchSearch(search);
    const readiness = readinessChecks({
      database,
      dataDir: config.dataDir,
      maxWaiting: config.maxWaiting,
      queues: () => ({ ...engine.queues }),
      signal,
    });
    const uploadLimits = { maxCount: config.maxUnfinishedUploads, maxBytes: config.maxUnfinishedBytes };
    const limits = { access, leases, rate, metrics, readiness, uploadLimits, open };
    app = createApp({
      ...config,
      clientDir,
      store,
      engine,
      search,
      longClips,
      remote,
      log,
      background,
      ...limits,
    });
    const stores = chatStores(database);
    const chat = new ChatService({ ...stores, clips: store, engine, log });
    const sockets = createChatServer(server, {
      chat,
      log,
      access,
      leases,
      rate,
      maxConnections: config.maxConnections,
    });
    store.observe({
      onClipAdded: () => undefined,
      onClipRemoved: (_id, sha256) => engine.forgetClip(sha256),
    });
    keepForDays(config.retentionDays, { chat, clips: store, background });
    metrics.watchConnections(() => sockets.connections);
    try {
      process.stdout.write(`stan-llava is ready: ${address}\n`);
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      // answers first, while those who wait for them can still hear their end
      leases.close();
      await Promise.all([chat.close(), open.close(lastWordsMs)]);
      const closed = sockets.close();
      server.closeAllConnections();
      await closed;
      await longClips.close();
      await search?.close();
      await engine.dispose();
    }
  } finally {
    database.close();
  }
}

function warnOfWeakIsolation(decoder: Decoder | undefined, log: Logger): void {
  if (process.getuid?.() === 0) log.warn('the server runs as root; give it a user of its own');
  const { sandbox, failures } = decoder ?? {};
  if (sandbox !== 'bubblewrap')
    log.warn({ sandbox, failures }, 'ffmpeg is not in the strongest sandbox; see what bubblewrap said');
}

import { join } from 'node:path';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Background } from '#core/background.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { Access } from '#access/access.ts';
import type { ClientRate } from '#access/client-rate.ts';
import type { Leases } from '#access/leases.ts';
import type { UploadLimits } from '#store/upload-ledger.ts';
import type { Metrics } from '#metrics/metrics.ts';
import type { Engine } from '#engine/engine.ts';
import { apiDocsRoutes } from './openapi/routes.ts';
import { type Captioner, captionRoutes } from './captions.ts';
import { notFound, sendError } from './errors.ts';
import { allowOrigins, checkSite, limitRate, requireAccess, requireRole } from './gate.ts';
import { healthRoutes, type ReadinessChecks } from './health.ts';
import { longClipRoutes, type PartFinder } from './long-clips.ts';
import { countRequests, metricsRoutes } from './metrics.ts';
import { modelRoutes } from './models.ts';
import type { OpenRequests } from './open-requests.ts';
import { type PageOptions, pageRoutes } from './page.ts';
import { type ChatCompletionOptions, chatCompletionRoutes } from './openai/chat-completions.ts';
import { requestLog } from './request-log.ts';
import { type ClipSearcher, searchRoutes } from './search.ts';
import { logInRoute, sessionRoutes } from './session.ts';
import { uploadRoutes } from './uploads.ts';
import { type ClipProber, videoRoutes } from './videos.ts';

export interface AppOptions extends PageOptions, Pick<ChatCompletionOptions, 'remote'> {
  readonly store: ClipStore;
  readonly engine: ClipProber & Captioner & Pick<Engine, 'model'>;
  /** Undefined where the model cannot search. */
  readonly search: ClipSearcher | undefined;
  /** Undefined where long clips are not cut. */
  readonly longClips?: PartFinder | undefined;
  readonly log: Logger;
  readonly maxUploadBytes: number;
  readonly access: Access;
  readonly leases: Leases;
  readonly open: OpenRequests;
  readonly rate: ClientRate;
  readonly metrics: Metrics;
  readonly readiness: ReadinessChecks;
  /** Folder of everything the server keeps. */
  readonly dataDir: string;
  readonly background: Background;
  /** Of the unfinished uploads of each client. Default: none. */
  readonly uploadLimits?: UploadLimits;
}

/** The HTTP half of the server: REST under `/v1`, the page, and errors in one form. */
export function createApp(options: AppOptions): Express {
  const { store, engine, log, maxUploadBytes, access, leases, rate, metrics, dataDir, background } = options;
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(log, access.addresses, options.open));
  app.use(countRequests(metrics));
  app.use(secureHeaders());
  app.use(healthRoutes(options.readiness));
  app.use(allowOrigins(access));
  app.use(checkSite(access));
  app.use(pageRoutes(options));
  app.use('/v1/session', express.json({ limit: '4kb' }), logInRoute(access));
  app.use(requireAccess(access, leases));
  app.use('/metrics', metricsRoutes(metrics));
  app.use('/v1', limitRate(rate), requireRole());
  app.use(
    '/v1/session',
    sessionRoutes(access, () => leases.check()),
  );
  app.use('/v1/chat/completions', chatCompletionRoutes(options));
  app.use(express.json({ limit: '256kb' }));
  app.use('/v1', searchRoutes(options.search));
  if (options.longClips !== undefined) app.use('/v1/videos', longClipRoutes(options.longClips));
  app.use('/v1/videos', videoRoutes({ store, prober: engine, maxUploadBytes }));
  const folder = join(dataDir, 'uploads');
  const limits = options.uploadLimits;
  app.use('/v1/uploads', uploadRoutes({ store, prober: engine, maxUploadBytes, folder, limits, background }));
  app.use(
    '/v1/captions',
    captionRoutes({ store, captioner: engine, longClips: options.longClips, maxUploadBytes }),
  );
  app.use('/v1/models', modelRoutes(engine.model));
  app.use(apiDocsRoutes());
  app.use(notFound);
  app.use(sendError);
  return app;
}

/** Everything the page loads is its own. No HSTS and no upgrade to https: the server itself speaks plain http. */
export function secureHeaders() {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}

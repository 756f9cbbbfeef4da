import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { Access } from '#access/access.ts';
import { AppError } from '#errors';
import { secureHeaders } from './app.ts';
import { sendError } from './errors.ts';
import { checkSite } from './gate.ts';
import { healthRoutes } from './health.ts';
import { type PageOptions, pageRoutes } from './page.ts';
import { contextOf } from './request-context.ts';
import type { OpenRequests } from './open-requests.ts';
import { requestLog } from './request-log.ts';

/** Seconds; a small model is there by then. */
const retryAfter = 2;

export interface StartingAppOptions extends PageOptions {
  readonly log: Logger;
  readonly access: Access;
  readonly open: OpenRequests;
}

/** What answers until the model is loaded, which takes minutes for a large one: the page, and to all else `starting`. */
export function createStartingApp({ log, access, open, clientDir }: StartingAppOptions): Express {
  const starting = () => new AppError('starting', 'The model is being loaded.', { retryAfter });
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(log, access.addresses, open));
  app.use(secureHeaders());
  const model = (): void => {
    throw starting();
  };
  app.use(healthRoutes({ model }));
  app.use(checkSite(access));
  app.use(pageRoutes({ clientDir }));
  app.use(async function requireAccess(request, response, next) {
    contextOf(response).principal = await access.admit(request);
    next();
  });
  app.use(function refuse() {
    throw starting();
  });
  app.use(sendError);
  return app;
}

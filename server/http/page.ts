import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type Response, Router } from 'express';

export interface PageOptions {
  /** Folder of the built client. */
  readonly clientDir: string;
}

const notBuilt = 'The page is not built yet. Run "npm run setup" (or "npm run build"), then reload.\n';

/** The built client at `/`, its sample clip at `/sample.mp4` among its files. */
export function pageRoutes({ clientDir }: PageOptions): Router {
  const router = Router();
  router.use(express.static(clientDir));
  router.get('/', function explainMissingPage(_request: Request, response: Response, next) {
    if (existsSync(join(clientDir, 'index.html'))) return next();
    response.status(503).type('text/plain').send(notBuilt);
  });
  return router;
}

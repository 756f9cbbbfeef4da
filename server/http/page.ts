import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import express, { type Request, type Response, Router } from 'express';
import { sendFile } from './send-file.ts';

export interface PageOptions {
  /** Folder of the built client. */
  readonly clientDir: string;
  /** A clip for people who have none at hand; it need not exist. */
  readonly samplePath: string;
}

const notBuilt = 'The page is not built yet. Run "npm run setup" (or "npm run build"), then reload.\n';

/** The built client at `/`, and the sample clip at `/sample.mp4`. */
export function pageRoutes({ clientDir, samplePath }: PageOptions): Router {
  const router = Router();
  router.get('/sample.mp4', async function sendSample(_request: Request, response: Response) {
    await sendFile(response, resolve(samplePath));
  });
  router.use(express.static(clientDir));
  router.get('/', function explainMissingPage(_request: Request, response: Response, next) {
    if (existsSync(join(clientDir, 'index.html'))) return next();
    response.status(503).type('text/plain').send(notBuilt);
  });
  return router;
}

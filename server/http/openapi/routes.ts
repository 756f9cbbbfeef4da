import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { apiDocument } from './document.ts';
import { apiPage } from './page.ts';

const manifest = z.object({ version: z.string() });
const styleSheet = join(import.meta.dirname, 'style.css');

/** `/openapi.json`, and the same for people at `/docs`. */
export function apiDocsRoutes(): Router {
  const text = readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8');
  const document = apiDocument(manifest.parse(JSON.parse(text)).version);
  const router = Router();
  router.get('/openapi.json', function showDocument(_request: Request, response: Response) {
    response.json(document);
  });
  router.get('/docs', function showPage(request: Request, response: Response) {
    response.type('html').send(apiPage(document, `http://${request.headers.host}`));
  });
  router.get('/docs/style.css', function showStyle(_request: Request, response: Response) {
    response.sendFile(styleSheet);
  });
  return router;
}

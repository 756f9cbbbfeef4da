import { type Request, type Response, Router } from 'express';

/** Throw, by what is not ready. Their names are told to everybody, their errors to the log alone. */
export type ReadinessChecks = Readonly<Record<string, () => void | Promise<void>>>;

/**
 * `/healthz` and `/readyz`, for whoever keeps the process running: whether it lives, and whether it can work right now.
 * They need no key, and tell nothing else.
 */
export function healthRoutes(checks: ReadinessChecks): Router {
  const router = Router();
  router.get('/healthz', function isAlive(_request: Request, response: Response) {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async function isReady(_request: Request, response: Response) {
    const failed = await failing(checks);
    if (failed.length === 0) response.json({ status: 'ready' });
    else response.status(503).json({ status: 'not ready', failed });
  });
  return router;
}

async function failing(checks: ReadinessChecks): Promise<string[]> {
  const results = await Promise.allSettled(Object.values(checks).map(async (check) => check()));
  return Object.keys(checks).filter((_, index) => results[index]?.status === 'rejected');
}

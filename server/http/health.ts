import { type Request, type Response, Router } from 'express';

/** By name; a check throws where its part is not ready. The names are public, the errors only logged. */
export type ReadinessChecks = Readonly<Record<string, () => void | Promise<void>>>;

/**
 * `/healthz` and `/readyz`, for process supervisors: whether the process lives, and whether it can work right now.
 * They need no key, and say nothing else.
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

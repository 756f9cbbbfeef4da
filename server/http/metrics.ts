import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Metrics } from '#metrics/metrics.ts';

/** `GET /metrics`, in Prometheus' text format. */
export function metricsRoutes(metrics: Metrics): Router {
  return Router().get('/', async function showMetrics(_request: Request, response: Response) {
    const { type, body } = await metrics.text();
    response.set('Content-Type', type).send(body);
  });
}

/** Counts every request; `gone` is one whose client did not wait for the answer. */
export function countRequests(metrics: Metrics): RequestHandler {
  return function countRequest({ method }, response, next) {
    const start = performance.now();
    response.once('close', () => {
      const status = response.writableFinished ? `${response.statusCode}` : 'gone';
      metrics.requested(method, status, (performance.now() - start) / 1000);
    });
    next();
  };
}

import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { ClientAddresses } from '#access/client-addresses.ts';
import type { OpenRequests } from './open-requests.ts';
import { openContext } from './request-context.ts';

/** One line a request, with an id that the reply carries too. The cause of a failure goes to the log and nowhere else. */
export function requestLog(log: Logger, addresses: ClientAddresses, open: OpenRequests): RequestHandler {
  return function logRequest(request, response, next) {
    const context = openContext(response, randomUUID(), open.signal);
    open.add(response);
    const { id } = context;
    const start = performance.now();
    response.setHeader('X-Request-Id', id);
    response.once('close', () => {
      const { failure: error, principal } = context;
      const line = {
        id,
        method: request.method,
        path: pathOf(request.originalUrl),
        status: response.writableFinished ? response.statusCode : 'gone',
        ms: Math.round(performance.now() - start),
        from: principal?.address ?? addresses.of(request),
        user: principal?.userName,
        key: principal?.keyId ?? undefined,
        code: error?.code,
      };
      if (error?.code === 'internal' || error?.code === 'storage_unusable') {
        log.error({ ...line, err: error.cause }, 'request failed');
      } else {
        log.info(line, 'request');
      }
    });
    next();
  };
}

/** Without the query: `request.path` is what is left of it within the router that answered. */
function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}

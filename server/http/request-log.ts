import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { AppError } from '#errors';

/** One line a request, with an id the answer carries too; the cause of a failure goes to the log and nowhere else. */
export function requestLog(log: Logger): RequestHandler {
  return function logRequest(request, response, next) {
    const id = randomUUID();
    const start = performance.now();
    response.setHeader('X-Request-Id', id);
    response.once('close', () => {
      const { error } = response.locals;
      const line = {
        id,
        method: request.method,
        path: request.path,
        status: response.writableFinished ? response.statusCode : 'gone',
        ms: Math.round(performance.now() - start),
        ...(error instanceof AppError && { code: error.code }),
      };
      if (error instanceof AppError && error.code === 'internal') {
        log.error({ ...line, err: error.cause }, 'request failed');
      } else {
        log.info(line, 'request');
      }
    });
    next();
  };
}

import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { ErrorBody } from '#contract/rest.ts';
import { AppError, type ErrorCode, toAppError } from '#errors';
import { z } from 'zod';
import { contextOf } from './request-context.ts';

/** The one place where an error code becomes an HTTP status. */
const statuses: Record<ErrorCode, number> = {
  invalid_request: 400,
  question_too_long: 400,
  context_full: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  bad_video: 422,
  no_video_frames: 422,
  video_too_big: 422,
  too_slow: 422,
  rate_limited: 429,
  cancelled: 499,
  internal: 500,
  port_taken: 500,
  unsupported: 501,
  busy: 503,
  starting: 503,
  ffmpeg_missing: 503,
  package_missing: 503,
  package_invalid: 503,
  storage_unusable: 503,
  quota_exceeded: 403,
  storage_full: 507,
};

/** A queue that is full now has moved on by then. */
const busyRetrySeconds = 5;
const nothingHere = 'There is nothing at this address.';

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

/** The one form of our errors, which OpenAI's clients read too. */
export function errorBodyOf({ code, message, param }: AppError): ErrorBody {
  return { error: { code, message, type: errorType(statuses[code]), param: param ?? null } };
}

/** The names OpenAI gives to kinds of errors. */
function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** What express and its parsers throw: an error that carries the status and headers to answer with. */
const requestError = z.object({
  status: z.int().min(400).max(499),
  message: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
});
type RequestError = z.infer<typeof requestError>;

function appErrorOf({ status, message }: RequestError): AppError {
  if (status === 404) return new AppError('not_found', nothingHere);
  if (status === 413) return new AppError('too_large', 'The request body is too large.');
  return new AppError('invalid_request', `The request cannot be read: ${message}`);
}

/** Ends the chain: no route took the request. */
export const notFound: RequestHandler = function notFound() {
  throw new AppError('not_found', nothingHere);
};

/** Answers every failed request in the one form `{error: {code, message, type, param}}`. */
export const sendError: ErrorRequestHandler = function sendError(thrown, _request, response, _next) {
  const refused = requestError.safeParse(thrown).data;
  const context = contextOf(response);
  // work that was stopped because the server ends has this reason, whatever it threw
  const found = refused ? appErrorOf(refused) : toAppError(thrown);
  const error =
    found.code === 'cancelled' && context.closing.aborted ? toAppError(context.closing.reason) : found;
  context.failure = error;
  // Half an answer cannot become an error any more: cutting the connection is how the client can tell.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retryAfter = error.retryAfter ?? (error.code === 'busy' ? busyRetrySeconds : undefined);
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  if (error.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="stan-llava"');
  response
    .status(refused?.status ?? statusOf(error.code))
    .set(refused?.headers ?? {})
    .json(errorBodyOf(error));
};

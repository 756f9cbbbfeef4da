/** Every failure a user can meet, by code. HTTP statuses and exit codes are mapped elsewhere; this file knows neither. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media'
  | 'bad_video'
  | 'no_video_frames'
  | 'video_too_big'
  | 'too_slow'
  | 'question_too_long'
  | 'context_full'
  | 'rate_limited'
  | 'busy'
  | 'starting'
  | 'cancelled'
  | 'quota_exceeded'
  | 'storage_full'
  | 'storage_unusable'
  | 'ffmpeg_missing'
  | 'package_missing'
  | 'package_invalid'
  | 'unsupported'
  | 'port_taken'
  | 'internal';

/**
 * Whether the clip itself is to blame, so that trying again cannot help. Every code is listed: a new one has to be
 * decided here, or this does not compile.
 */
const clipFaults: Readonly<Record<ErrorCode, boolean>> = {
  invalid_request: false,
  unauthorized: false,
  forbidden: false,
  not_found: false,
  conflict: false,
  too_large: false,
  unsupported_media: true,
  bad_video: true,
  no_video_frames: true,
  video_too_big: true,
  too_slow: true,
  question_too_long: false,
  context_full: false,
  rate_limited: false,
  busy: false,
  starting: false,
  cancelled: false,
  quota_exceeded: false,
  storage_full: false,
  storage_unusable: false,
  ffmpeg_missing: false,
  package_missing: false,
  package_invalid: false,
  unsupported: false,
  port_taken: false,
  internal: false,
};

/** Whether a failure is the fault of the clip, whoever reads it and whenever. */
export function isClipFault(code: ErrorCode): boolean {
  return clipFaults[code];
}

export interface AppErrorOptions extends ErrorOptions {
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number | undefined;
  /** The part of the request that is wrong. */
  readonly param?: string | undefined;
}

/** An error meant to be read by the person who caused it: one helpful line, no paths of ours, no stack. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;
  readonly param: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.param = options.param;
  }
}

/** Anything thrown, as an `AppError`. What we did not foresee keeps its details as `cause`, for the log only. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('cancelled', 'The work was cancelled.', { cause: thrown });
  }
  return new AppError('internal', 'Something went wrong on the server; its log says more.', {
    cause: thrown,
  });
}

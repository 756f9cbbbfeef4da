import { DetailedError, Upload } from 'tus-js-client';
import { type ClientError, refusalOf, unreachable } from '#contract/client-error.ts';
import type { VideoResource } from '#contract/rest.ts';
import { csrfHeaders } from '../login/session.ts';
import { PageError } from './failure.ts';
import { rest } from './rest.ts';

export interface UploadOptions {
  /** Told the bytes that have arrived. */
  readonly onProgress: (sent: number) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds before each new attempt to go on after a lost connection: two minutes in all. */
const retryDelays = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
/** Bytes sent at a time; what a lost connection costs at most. */
const chunkSize = 8 * 2 ** 20;

/** Sends a clip, and goes on where it was when the connection was lost. Throws `ClientError`, `PageError`. */
export async function uploadClip(file: File, { onProgress, signal }: UploadOptions): Promise<VideoResource> {
  const videoId = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: '/v1/uploads',
      metadata: { filename: file.name },
      headers: csrfHeaders(),
      chunkSize,
      retryDelays,
      // another page load starts over: nothing is left behind in the browser
      storeFingerprintForResuming: false,
      onShouldRetry: (error) => (error.originalResponse?.getStatus() ?? 0) === 0,
      onProgress: (sent) => onProgress(sent),
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('X-Video-Id') ?? ''),
      onError: (error) => reject(refusalIn(error)),
    });
    signal.addEventListener(
      'abort',
      () => {
        // what the server has of it goes by itself
        void upload.abort().catch(() => undefined);
        reject(new PageError('cancelled'));
      },
      { once: true },
    );
    upload.start();
  });
  return rest.video(videoId, signal);
}

function refusalIn(error: Error | DetailedError): ClientError {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  return response === null ? unreachable() : refusalOf(response.getStatus(), response.getBody());
}

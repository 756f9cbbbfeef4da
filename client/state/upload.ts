import { type VideoResource, videoResource } from '../../server/contract.ts';
import { jsonOrNothing, PageError, refusalOf, unreachable } from './failure.ts';

export interface UploadOptions {
  /** Told the share that is sent, 0 to 1. */
  readonly onProgress: (fraction: number) => void;
  readonly signal: AbortSignal;
}

/** Sends a clip. XMLHttpRequest, because fetch tells nothing of how much is sent. Throws `PageError`. */
export function uploadClip(file: File, { onProgress, signal }: UploadOptions): Promise<VideoResource> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, file.name);

    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status !== 201) return reject(refusalOf(request.status, request.responseText));
      const video = videoResource.safeParse(jsonOrNothing(request.responseText)).data;
      if (video === undefined) return reject(refusalOf(request.status, ''));
      resolve(video);
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new PageError('cancelled', 'The upload was cancelled.'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('POST', '/v1/videos');
    request.send(form);
  });
}

/** The server's own clip, for people who have none at hand. Throws `PageError`. */
export async function fetchSample(signal: AbortSignal): Promise<File> {
  const response = await fetch('/sample.mp4', { signal }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw new PageError('no_sample', 'This server has no sample clip.');
  return new File([await response.blob()], 'sample.mp4', { type: 'video/mp4' });
}

/** What the server knows of a stored clip. Throws `PageError`. */
export async function fetchVideo(videoId: string, signal: AbortSignal): Promise<VideoResource> {
  const reply = await fetch(`/v1/videos/${videoId}`, { signal }).catch(() => {
    throw unreachable();
  });
  const body = await reply.text();
  const video = videoResource.safeParse(jsonOrNothing(body)).data;
  if (!reply.ok || video === undefined) throw refusalOf(reply.status, body);
  return video;
}

import { type Request, type Response, Router } from 'express';
import {
  type Filmstrip,
  type FramesQuery,
  framesQuery,
  type VideoList,
  videoListQuery,
} from '#contract/rest.ts';
import type { Engine } from '#engine/engine.ts';
import { mimeOf } from '#core/media-formats.ts';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import type { ClipStore } from '#store/clip-store.ts';
import { videoResourceOf } from '#store/video-resource.ts';
import { receiveForm } from './multipart.ts';
import { viewerOfRequest } from './request-context.ts';
import { requestSignal } from './request-signal.ts';
import { sendFile } from './send-file.ts';

/** Says what a clip is, and shows its frames. */
export type ClipProber = Pick<Engine, 'probe' | 'filmstrip'>;

export interface VideoRoutesOptions {
  readonly store: ClipStore;
  readonly prober: ClipProber;
  readonly maxUploadBytes: number;
}

/** `/v1/videos`: clips come in, are looked at before they are taken, can be listed, played back and removed. */
export function videoRoutes({ store, prober, maxUploadBytes }: VideoRoutesOptions): Router {
  const router = Router();

  router.post('/', async function uploadVideo(request: Request, response: Response) {
    const signal = requestSignal(response);
    store.requireQuota(viewerOfRequest(response), 1);
    const { upload, name } = await receiveForm(request, store, { maxBytes: maxUploadBytes, signal });
    try {
      const { duration, width, height, format } = await prober.probe(upload, { signal });
      const clip = await store.keep(viewerOfRequest(response), upload, {
        name,
        duration,
        width,
        height,
        format,
      });
      response.status(201).location(`/v1/videos/${clip.id}`).json(videoResourceOf(clip));
    } finally {
      await store.discard(upload);
    }
  });

  router.get('/', async function listVideos(request: Request, response: Response) {
    const { limit, before } = parseRequest(videoListQuery, request.query);
    // one more than asked for tells whether there are more
    const clips = store.list(viewerOfRequest(response), { limit: limit + 1, before });
    const shown = clips.slice(0, limit);
    const next = clips.length > limit ? (shown.at(-1)?.createdAt ?? null) : null;
    response.json({ videos: shown.map(videoResourceOf), next } satisfies VideoList);
  });

  router.get('/:id', async function showVideo(request: Request<{ id: string }>, response: Response) {
    response.json(videoResourceOf(store.find(viewerOfRequest(response), request.params.id)));
  });

  router.delete('/:id', async function removeVideo(request: Request<{ id: string }>, response: Response) {
    await store.remove(viewerOfRequest(response), request.params.id);
    response.status(204).end();
  });

  router.get('/:id/file', async function playVideo(request: Request<{ id: string }>, response: Response) {
    const { id, format } = store.find(viewerOfRequest(response), request.params.id);
    // Never the sender's own type: what a browser would run as a page must not come from this address.
    response.type(mimeOf(format)).setHeader('Cache-Control', 'private, max-age=3600');
    await sendFile(response, store.path(id));
  });

  router.get('/:id/frames', async function listFrames(request: Request<{ id: string }>, response: Response) {
    const wish = parseRequest(framesQuery, request.query);
    const strip = await filmstrip(request.params.id, wish, response);
    const base = `/v1/videos/${request.params.id}/frames`;
    const query = `${new URLSearchParams(Object.entries(wish).map(([name, value]) => [name, `${value}`]))}`;
    const frames = strip.map(({ time }, n) => ({ time, url: `${base}/${n}.jpg${query && `?${query}`}` }));
    response.json({ frames } satisfies Filmstrip);
  });

  router.get('/:id/frames/:name', async function showFrame(request: FrameRequest, response: Response) {
    const [, n] = /^(\d{1,3})\.jpg$/.exec(request.params.name) ?? [];
    const wish = parseRequest(framesQuery, request.query);
    const frame = (await filmstrip(request.params.id, wish, response))[Number(n)];
    if (frame === undefined) throw new AppError('not_found', 'No such frame.');
    response.setHeader('X-Frame-Time', frame.time);
    response.setHeader('Cache-Control', 'private, max-age=3600');
    response.type('image/jpeg').send(frame.jpeg);
  });

  async function filmstrip(id: string, wish: FramesQuery, response: Response) {
    const source = await store.source(viewerOfRequest(response), id);
    return prober.filmstrip(source, { ...wish, signal: requestSignal(response) });
  }

  return router;
}

type FrameRequest = Request<{ id: string; name: string }>;

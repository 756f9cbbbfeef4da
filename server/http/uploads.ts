import { type Locker, Server } from '@tus/server';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { AppError, type ErrorCode, isClipFault } from '#errors';
import type { Viewer } from '#store/viewer.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { Background } from '#core/background.ts';
import { diskError } from '#core/disk.ts';
import { noSuchUpload, PartialUploads } from '#store/partial-uploads.ts';
import type { UploadLimits } from '#store/upload-ledger.ts';
import { readableName } from '#core/readable-name.ts';
import { errorBodyOf } from './errors.ts';
import { contextOf, viewerOfRequest } from './request-context.ts';
import { requestSignal } from './request-signal.ts';
import { KeyedMutex } from '#core/keyed-mutex.ts';
import type { ClipProber } from './videos.ts';
import { receiveBody, webRequest } from './web-request.ts';

export interface UploadRoutesOptions {
  readonly store: ClipStore;
  readonly prober: ClipProber;
  readonly maxUploadBytes: number;
  /** Folder for uploads on their way; on the same disk as the clips. */
  readonly folder: string;
  /** Of each client. Default: none. */
  readonly limits?: UploadLimits | undefined;
  /** Owner of the removal of uploads that were given up. */
  readonly background: Background;
}

type UploadRequest = Request<{ id: string }>;

const path = '/v1/uploads';
const version = '1.0.0';

/**
 * `/v1/uploads`: clips that come in pieces, by the tus protocol (https://tus.io/protocols/resumable-upload), and go on
 * after a lost connection or a restart. The answer to the last piece names the video in `X-Video-Id`; a sender that
 * lost it asks with GET. Requests for one upload take turns, and end what an earlier one still receives: its sender is
 * gone, or would not ask.
 */
export function uploadRoutes({
  store,
  prober,
  maxUploadBytes,
  folder,
  limits,
  background,
}: UploadRoutesOptions): Router {
  const router = Router();
  const uploads = new PartialUploads(folder, background, limits);
  const mutex = new KeyedMutex();
  const tus = new Server({
    path,
    datastore: uploads,
    maxSize: maxUploadBytes,
    relativeLocation: true,
    locker: heldByMutex,
    async onUploadCreate(_request, { size = 0 }) {
      if (size === 0) throw new AppError('bad_video', 'The file is empty.');
      await uploads.requireRoom(size);
      return {};
    },
    onResponseError(_request, error) {
      // refusals of the protocol carry a status; everything else is answered where every error is
      if ('status_code' in error) return undefined;
      throw diskError(error);
    },
  });

  async function relay(request: Request, response: Response, url: string): Promise<void> {
    await answer(response, await tus.handleWeb(webRequest(request, url)));
  }

  /** The video of an upload that is whole: made now, if it was not yet. Throws what the prober and the store throw. */
  async function videoOf(id: string, viewer: Viewer, signal: AbortSignal): Promise<string | undefined> {
    const known = await uploads.videoOf(id);
    if (known !== undefined) return known;
    const { offset, size, metadata } = await uploads.getUpload(id);
    if (offset !== size) return undefined;
    try {
      const upload = await store.adopt(uploads.path(id), { signal });
      const { duration, width, height, format } = await prober.probe(upload, { signal });
      const name = readableName(metadata?.['filename']);
      const clip = await store.keep(viewer, upload, { name, duration, width, height, format });
      await uploads.finish(id, clip.id);
      return clip.id;
    } catch (error) {
      // what is wrong with the clip itself stays wrong; anything else may go better the next time
      if (error instanceof AppError && isClipFault(error.code)) await uploads.remove(id);
      throw error;
    }
  }

  router.use(speakTus);
  router.param('id', function checkId(_request, _response, next, id: string) {
    next(/^[0-9a-f]{32}$/.test(id) ? undefined : noSuchUpload());
  });

  router.options(['/', '/:id'], function describe(request: Request, response: Response) {
    return relay(request, response, path);
  });

  router.post('/', function createUpload(request: Request, response: Response) {
    const bytes = Number(request.headers['upload-length']);
    if (bytes > 0) store.requireQuota(viewerOfRequest(response), bytes);
    return relay(request, response, path);
  });

  router.head('/:id', function showOffset(request: UploadRequest, response: Response) {
    const { id } = request.params;
    return mutex.run(id, async () => {
      nameVideo(response, await uploads.videoOf(id));
      await relay(request, response, `${path}/${id}`);
    });
  });

  router.patch('/:id', async function appendBytes(request: UploadRequest, response: Response) {
    const { id } = request.params;
    const signal = requestSignal(response);
    const { body, stop } = receiveBody(request);
    async function append(): Promise<void> {
      if ((await uploads.videoOf(id)) !== undefined) return refuse(response, 409, 'The upload is complete.');
      const reply = await tus.handleWeb(webRequest(request, `${path}/${id}`, body));
      if (reply.ok) nameVideo(response, await videoOf(id, viewerOfRequest(response), signal));
      await answer(response, reply);
    }
    await mutex.run(id, append, stop).finally(stop);
  });

  router.delete('/:id', function endUpload(request: UploadRequest, response: Response) {
    const { id } = request.params;
    return mutex.run(id, () => relay(request, response, `${path}/${id}`));
  });

  router.get('/:id', async function showVideo(request: UploadRequest, response: Response) {
    const { id } = request.params;
    const signal = requestSignal(response);
    const videoId = await mutex.run(id, () => videoOf(id, viewerOfRequest(response), signal));
    if (videoId === undefined) refuse(response, 409, 'The upload is not complete; HEAD says how far it is.');
    else response.json({ videoId });
  });

  return router;
}

/** The mutex is held for the whole request, longer than the library would hold a lock of its own. */
const heldByMutex: Locker = {
  newLock: () => ({ lock: async () => undefined, unlock: async () => undefined }),
};

const speakTus: RequestHandler = function speakTus(request, response, next) {
  response.set({ 'Tus-Resumable': version, 'Cache-Control': 'no-store' });
  const isProtocol = request.method !== 'GET' && request.method !== 'OPTIONS';
  if (!isProtocol || request.headers['tus-resumable'] === version) return next();
  response.setHeader('Tus-Version', version);
  refuse(response, 412, `Send the header "Tus-Resumable: ${version}".`);
};

function nameVideo(response: Response, videoId: string | undefined): void {
  if (videoId !== undefined) response.setHeader('X-Video-Id', videoId);
}

/** Refusals whose status senders go by; the others are all one to them. */
const refusals = new Map([
  [409, 'The upload stands at another offset; HEAD says at which.'],
  [413, 'These are more bytes than the server takes, or than were announced.'],
]);

/** Passes on what the protocol says, and nothing that would let pages of other sites read it. */
async function answer(response: Response, reply: globalThis.Response): Promise<void> {
  if (!reply.ok) {
    const known = refusals.get(reply.status);
    if (known !== undefined) return refuse(response, reply.status, known);
    return refuse(response, 400, `The upload request is refused: ${(await reply.text()).trim()}.`);
  }
  for (const [name, value] of reply.headers) {
    if (/^(location|tus-.*|upload-.*)$/.test(name)) response.setHeader(name, value);
  }
  response.status(reply.status).end();
}

const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [409, 'conflict'],
  [413, 'too_large'],
]);

function refuse(response: Response, status: number, message: string): void {
  const error = new AppError(codes.get(status) ?? 'invalid_request', message);
  contextOf(response).failure = error;
  response.status(status).json(errorBodyOf(error));
}

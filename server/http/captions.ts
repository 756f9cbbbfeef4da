import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import { type captionReply, captionRequest, type SamplingSettings } from '../contract.ts';
import type { EncoderMode } from '../engine/types.ts';
import { parseRequest } from '../parse-request.ts';
import type { ClipStore } from '../store/clip-store.ts';
import { receiveForm } from './multipart.ts';
import { requestSignal } from './request-signal.ts';

export interface CaptionOptions extends SamplingSettings {
  readonly mode: EncoderMode;
  readonly signal: AbortSignal;
}

/** Describes a clip in words; `id` lets it reuse what it already knows of that clip. */
export interface Captioner {
  caption(clip: { readonly path: string; readonly id?: string }, options: CaptionOptions): Promise<string>;
}

export interface CaptionRoutesOptions {
  readonly store: ClipStore;
  readonly captioner: Captioner;
  readonly maxUploadBytes: number;
}

const captionFields = captionRequest.omit({ videoId: true });

/** `POST /v1/captions`: of a stored clip by its id, or of a clip sent along, of which nothing is kept. */
export function captionRoutes({ store, captioner, maxUploadBytes }: CaptionRoutesOptions): Router {
  const router = Router();

  router.post('/', async function captionClip(request: Request, response: Response) {
    const signal = requestSignal(response);
    const reply = (body: z.infer<typeof captionReply>) => response.json(body);

    if (request.is('multipart/form-data') === false) {
      const { videoId, ...wish } = parseRequest(captionRequest, request.body);
      const { id } = await store.find(videoId);
      reply({ caption: await captioner.caption({ path: store.path(id), id }, { ...wish, signal }), videoId });
      return;
    }
    const { upload, fields } = await receiveForm(request, store, { maxBytes: maxUploadBytes, signal });
    let caption: string;
    try {
      const wish = parseRequest(captionFields, withNumbers(fields));
      caption = await captioner.caption({ path: upload.path }, { ...wish, signal });
    } finally {
      await store.discard(upload);
    }
    reply({ caption });
  });

  return router;
}

/** Form fields are all text; the schema wants numbers as numbers. */
function withNumbers(fields: Readonly<Record<string, string>>): Record<string, string | number> {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, text]) => [name, /^\d+(\.\d+)?$/.test(text) ? Number(text) : text]),
  );
}

import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import { mediaFormats } from '#core/media-formats.ts';
import type { modelList } from '#contract/rest.ts';
import type { Engine } from '#engine/engine.ts';
import { AppError } from '#errors';

/** `GET /v1/models` and `/v1/models/{id}`, in the form OpenAI clients expect, with what else there is to know. */
export function modelRoutes(model: Engine['model']): Router {
  const resource: z.infer<typeof modelList>['data'][number] = {
    id: model.name,
    object: 'model',
    owned_by: 'stan-llava',
    about: model.about,
    hash: model.hash,
    frames: model.frames,
    max_frames: model.maxFrames,
    fit: model.fit,
    video_tokens: model.tokens,
    context_tokens: model.context,
    caption_styles: model.captionStyles,
    search: model.search,
    clip_formats: mediaFormats.map(({ extensions, mime, playsInBrowsers }) => ({
      extensions: [...extensions],
      media_type: mime,
      plays_in_browsers: playsInBrowsers,
    })),
  };
  const router = Router();
  router.get('/', function listModels(_request: Request, response: Response) {
    response.json({ object: 'list', data: [resource] } satisfies z.infer<typeof modelList>);
  });
  router.get('/:id', function showModel(request: Request<{ id: string }>, response: Response) {
    if (request.params.id !== model.name) {
      throw new AppError('not_found', `There is no such model; this server runs ${model.name}.`);
    }
    response.json(resource);
  });
  return router;
}

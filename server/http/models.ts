import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import type { modelList } from '../contract.ts';

/** What a client may know about the loaded package. */
export interface ModelInfo {
  readonly name: string;
  /** One sentence: what it knows and what it does not. */
  readonly about: string;
  /** Frames sampled from a clip by default. */
  readonly frames: number;
  /** Video tokens one clip costs. */
  readonly tokens: number;
}

/** `GET /v1/models`, in the form OpenAI clients expect. */
export function modelRoutes(model: ModelInfo): Router {
  const list: z.infer<typeof modelList> = {
    object: 'list',
    data: [
      {
        id: model.name,
        object: 'model',
        owned_by: 'stan-llava',
        about: model.about,
        frames: model.frames,
        video_tokens: model.tokens,
      },
    ],
  };
  return Router().get('/', function listModels(_request: Request, response: Response) {
    response.json(list);
  });
}

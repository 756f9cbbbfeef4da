import { type Request, type Response, Router } from 'express';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import type { ClipSearch, SearchOptions } from '#search/clip-search.ts';
import {
  type AttentionReply,
  type ClassifyReply,
  classifyRequest,
  type MatchReply,
  matchRequest,
  type SearchReply,
  searchRequest,
} from '#contract/search.ts';
import { viewerOfRequest } from './request-context.ts';
import { requestSignal } from './request-signal.ts';

export type ClipSearcher = Pick<ClipSearch, 'search' | 'classify' | 'match' | 'attention'>;

/** Under `/v1`: clips found by words, named by labels, and compared with a text. `searcher` is undefined where the model cannot. */
export function searchRoutes(searcher: ClipSearcher | undefined): Router {
  const router = Router();
  const able = (): ClipSearcher => {
    if (searcher !== undefined) return searcher;
    const message = 'This model can chat and not search; serve a package with encoders for retrieval.';
    throw new AppError('unsupported', message);
  };

  router.post('/search', async function searchClips(request: Request, response: Response) {
    const wish = parseRequest(searchRequest, request.body);
    response.json((await able().search(wish, optionsOf(response))) satisfies SearchReply);
  });

  router.post('/classify', async function classifyClip(request: Request, response: Response) {
    const wish = parseRequest(classifyRequest, request.body);
    response.json((await able().classify(wish, optionsOf(response))) satisfies ClassifyReply);
  });

  router.post('/videos/:id/match', async function matchClip(request: ClipRequest, response: Response) {
    const { text } = parseRequest(matchRequest, request.body);
    const match = await able().match(request.params.id, text, optionsOf(response));
    response.json(match satisfies MatchReply);
  });

  router.get('/videos/:id/attention', async function showAttention(request: ClipRequest, response: Response) {
    const seen = await able().attention(request.params.id, optionsOf(response));
    response.json(seen satisfies AttentionReply);
  });

  return router;
}

function optionsOf(response: Response): SearchOptions {
  return { viewer: viewerOfRequest(response), signal: requestSignal(response) };
}

type ClipRequest = Request<{ id: string }>;

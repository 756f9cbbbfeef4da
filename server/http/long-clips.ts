import { type Request, type Response, Router } from 'express';
import { parseRequest } from '#core/parse-request.ts';
import {
  type ChaptersReply,
  type CopiesReply,
  copiesRequest,
  type MomentsReply,
  momentsRequest,
  type SegmentsReply,
} from '#contract/moments.ts';
import type { LongClipSearch } from '#search/long-clip-search.ts';
import { viewerOfRequest } from './request-context.ts';
import { requestSignal } from './request-signal.ts';

export type PartFinder = Pick<
  LongClipSearch,
  'segments' | 'moments' | 'chapters' | 'copies' | 'chapterStyle'
>;

/** Under `/v1/videos`: how long clips are cut, their chapters, and parts of them found by words or in other clips. */
export function longClipRoutes(finder: PartFinder): Router {
  const router = Router();

  router.get('/:id/segments', function listSegments(request: ClipRequest, response: Response) {
    const viewer = viewerOfRequest(response);
    response.json(finder.segments(request.params.id, viewer) satisfies SegmentsReply);
  });

  router.get('/:id/chapters', function listChapters(request: ClipRequest, response: Response) {
    const viewer = viewerOfRequest(response);
    response.json(finder.chapters(request.params.id, viewer) satisfies ChaptersReply);
  });

  router.post('/:id/moments', async function findMoments(request: ClipRequest, response: Response) {
    const wish = parseRequest(momentsRequest, request.body);
    const found = await finder.moments(request.params.id, wish, optionsOf(response));
    response.json(found satisfies MomentsReply);
  });

  router.post('/:id/copies', async function findCopies(request: ClipRequest, response: Response) {
    const wish = parseRequest(copiesRequest, request.body ?? {});
    const found = await finder.copies(request.params.id, wish, optionsOf(response));
    response.json(found satisfies CopiesReply);
  });

  return router;
}

function optionsOf(response: Response) {
  return { viewer: viewerOfRequest(response), signal: requestSignal(response) };
}

type ClipRequest = Request<{ id: string }>;

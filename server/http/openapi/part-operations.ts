import {
  chaptersReply,
  copiesReply,
  copiesRequest,
  momentsReply,
  momentsRequest,
  segmentsReply,
} from '#contract/moments.ts';
import type { Operation } from './operation.ts';

/** What can be asked of the parts of long clips. */
export const partOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/videos/{id}/segments',
    id: 'listSegments',
    group: 'Moments',
    status: 200,
    summary: 'How a long clip is cut, and how much of it is encoded',
    about:
      'A clip longer than `SEGMENT_MAX_SECONDS` is cut where its picture changes, in the background after the upload.',
    reply: [{ json: segmentsReply }],
    errors: [404],
  },
  {
    method: 'post',
    path: '/v1/videos/{id}/moments',
    id: 'findMoments',
    group: 'Moments',
    status: 200,
    summary: 'When a clip shows what a text says',
    about:
      'The best first. While segments are being encoded, `seen` says how many of the seconds could be searched.',
    request: { required: true, bodies: [{ json: momentsRequest }] },
    example: { query: 'a red ball moving left', k: 3 },
    reply: [{ json: momentsReply }],
    errors: [404, 422],
  },
  {
    method: 'get',
    path: '/v1/videos/{id}/chapters',
    id: 'listChapters',
    group: 'Moments',
    status: 200,
    summary: 'The chapters of a long clip',
    about:
      'Made once all segments are encoded: borders where the clip changes most, titles by the model. `pending` until then.',
    reply: [{ json: chaptersReply }],
    errors: [404],
  },
  {
    method: 'post',
    path: '/v1/videos/{id}/copies',
    id: 'findCopies',
    group: 'Moments',
    status: 200,
    summary: 'Other clips that have a part of this one in them',
    about:
      'By what the frames show: another size or encoding does not matter. Looks in the newest clips unless `videoIds` names some.',
    request: { bodies: [{ json: copiesRequest }] },
    example: {},
    reply: [{ json: copiesReply }],
    errors: [404, 422, 501],
  },
];

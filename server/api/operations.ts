import { z } from 'zod';
import {
  captionList,
  captionReply,
  captionRequest,
  filmstrip,
  framesQuery,
  modelList,
  modelResource,
  videoList,
  videoListQuery,
  videoResource,
} from '../contract.ts';
import {
  attentionReply,
  classifyReply,
  classifyRequest,
  matchReply,
  matchRequest,
  searchReply,
  searchRequest,
} from '../retrieval/contract.ts';
import { chatRequest } from '../openai/chat-request.ts';

/** What an answer carries: JSON of a schema, or something else by its media type. */
type Body = { readonly json: z.ZodType } | { readonly type: string; readonly about: string };

/** One thing that programs can ask of the server. */
export interface Operation {
  readonly method: 'get' | 'post' | 'delete' | 'head' | 'patch';
  /** With its parameters in braces. */
  readonly path: string;
  /** Names it in generated clients. */
  readonly id: string;
  readonly group: 'Clips' | 'Captions' | 'Search' | 'Chat' | 'Models' | 'Service';
  readonly summary: string;
  readonly about?: string;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: { readonly required?: boolean; readonly bodies: readonly Body[] };
  /** A body of the request to start from. */
  readonly example?: unknown;
  readonly status: number;
  readonly reply?: readonly Body[];
  /** Codes of our errors that are likely here, besides those anything can end with. */
  readonly errors?: readonly number[];
  /** Answers without a key. */
  readonly open?: boolean;
}

const form = { type: 'multipart/form-data', about: 'the clip, in field `file`' };
const events = { type: 'text/event-stream', about: 'server-sent events' };
const text = { type: 'text/plain', about: 'Prometheus’ text format' };
const offsets = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': 'bytes the server has' };
const status = z.object({ status: z.string(), failed: z.array(z.string()).optional() });

/** Everything under REST, in the order in which people meet it. */
export const operations: readonly Operation[] = [
  {
    ...{ method: 'post', path: '/v1/videos', id: 'uploadVideo', group: 'Clips', status: 201 },
    summary: 'Upload a clip',
    about: 'The same bytes again are the same clip. What is not a video is refused, and not kept.',
    request: { required: true, bodies: [form] },
    ...{ reply: [{ json: videoResource }], errors: [413, 415, 422, 507] },
  },
  {
    ...{ method: 'get', path: '/v1/videos', id: 'listVideos', group: 'Clips', status: 200 },
    summary: 'List clips, the newest first',
    ...{ query: videoListQuery, reply: [{ json: videoList }] },
  },
  {
    ...{ method: 'get', path: '/v1/videos/{id}', id: 'getVideo', group: 'Clips', status: 200 },
    summary: 'What is known of a clip',
    ...{ reply: [{ json: videoResource }], errors: [404] },
  },
  {
    ...{ method: 'delete', path: '/v1/videos/{id}', id: 'deleteVideo', group: 'Clips', status: 204 },
    ...{ summary: 'Remove a clip', errors: [404] },
  },
  {
    ...{ method: 'get', path: '/v1/videos/{id}/file', id: 'playVideo', group: 'Clips', status: 200 },
    ...{ summary: 'The clip itself', about: 'Answers to `Range`.', errors: [404, 416] },
    reply: [{ type: 'video/*', about: 'the bytes that were uploaded' }],
  },
  {
    ...{ method: 'get', path: '/v1/videos/{id}/frames', id: 'listFrames', group: 'Clips', status: 200 },
    summary: 'The frames that the model looks at, with their times',
    ...{ query: framesQuery, reply: [{ json: filmstrip }], errors: [404, 422] },
  },
  {
    ...{ method: 'get', path: '/v1/videos/{id}/frames/{n}.jpg', id: 'getFrame', group: 'Clips', status: 200 },
    summary: 'One of these frames as a picture',
    ...{ query: framesQuery, errors: [404, 422] },
    reply: [{ type: 'image/jpeg', about: 'header `X-Frame-Time` is its second' }],
  },
  {
    ...{ method: 'post', path: '/v1/uploads', id: 'createUpload', group: 'Clips', status: 201 },
    summary: 'Begin an upload that can go on after a lost connection',
    about: 'The tus protocol, version 1.0.0 (https://tus.io): any tus client does what follows by itself.',
    headers: { 'Tus-Resumable': '1.0.0', 'Upload-Length': 'bytes', 'Upload-Metadata': '`filename`, base64' },
    errors: [400, 412, 413, 507],
  },
  {
    ...{ method: 'head', path: '/v1/uploads/{id}', id: 'uploadOffset', group: 'Clips', status: 200 },
    ...{
      summary: 'How much of an upload has arrived',
      headers: { 'Tus-Resumable': '1.0.0' },
      errors: [404, 412],
    },
  },
  {
    ...{ method: 'patch', path: '/v1/uploads/{id}', id: 'continueUpload', group: 'Clips', status: 204 },
    summary: 'Send more of an upload; the last piece makes it a clip, named by header `X-Video-Id`',
    headers: offsets,
    request: {
      required: true,
      bodies: [{ type: 'application/offset+octet-stream', about: 'the bytes from the offset on' }],
    },
    errors: [404, 409, 412, 422, 507],
  },
  {
    ...{ method: 'get', path: '/v1/uploads/{id}', id: 'uploadedVideo', group: 'Clips', status: 200 },
    summary: 'Which clip a finished upload became',
    ...{ reply: [{ json: z.object({ videoId: z.string() }) }], errors: [404, 409] },
  },
  {
    ...{ method: 'delete', path: '/v1/uploads/{id}', id: 'cancelUpload', group: 'Clips', status: 204 },
    ...{ summary: 'Give an upload up', headers: { 'Tus-Resumable': '1.0.0' }, errors: [404, 412] },
  },
  {
    ...{ method: 'post', path: '/v1/captions', id: 'caption', group: 'Captions', status: 200 },
    summary: 'Describe a clip, or several',
    about:
      'By ids, or with the clip in the request, of which nothing is kept. With `stream` the answer is events: ' +
      '`progress`, `token`, and for each clip `done` or `error`.',
    request: { required: true, bodies: [{ json: captionRequest }, form] },
    example: { videoId: '...', style: 'short' },
    ...{ reply: [{ json: z.union([captionReply, captionList]) }, events], errors: [404, 413, 422] },
  },
  {
    ...{ method: 'post', path: '/v1/search', id: 'searchVideos', group: 'Search', status: 200 },
    summary: 'Find clips by words',
    about:
      'The best first, each with how much each of its frames, and each word of the query, had to do with it. An upload ' +
      'can be found within seconds; `pending` counts those that cannot yet.',
    request: { required: true, bodies: [{ json: searchRequest }] },
    example: { query: 'a red ball moving left', k: 10 },
    ...{ reply: [{ json: searchReply }], errors: [501] },
  },
  {
    ...{ method: 'post', path: '/v1/classify', id: 'classifyVideo', group: 'Search', status: 200 },
    summary: 'Which of these labels fits a clip',
    about:
      'Zero-shot recognition. A label is a text of its own unless a template, such as `a video of {}`, makes it one.',
    request: { required: true, bodies: [{ json: classifyRequest }] },
    example: { videoId: '...', labels: ['moving left', 'moving right'] },
    ...{ reply: [{ json: classifyReply }], errors: [404, 422, 501] },
  },
  {
    ...{ method: 'post', path: '/v1/videos/{id}/match', id: 'matchVideo', group: 'Search', status: 200 },
    summary: 'Which frames of a clip match a text, and which words of the text',
    request: { required: true, bodies: [{ json: matchRequest }] },
    example: { text: 'a red ball moving left' },
    ...{ reply: [{ json: matchReply }], errors: [404, 422, 501] },
  },
  {
    ...{ method: 'get', path: '/v1/videos/{id}/attention', id: 'attention', group: 'Search', status: 200 },
    summary: 'Where the model looks in each frame',
    ...{ reply: [{ json: attentionReply }], errors: [404, 422, 501] },
  },
  {
    ...{ method: 'post', path: '/v1/chat/completions', id: 'chat', group: 'Chat', status: 200 },
    summary: 'Talk about clips, the way OpenAI’s API does',
    about:
      'Clips come as `video_url` (`data:`, `video://` and an id, or http where ALLOW_MEDIA_HOSTS names the host), as ' +
      'llama.cpp’s `input_video`, or as `image_url`. `usage.prompt_tokens_details.video_tokens` counts them.',
    request: { required: true, bodies: [{ json: chatRequest }] },
    example: {
      model: 'demo',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'video_url', video_url: { url: 'video://...' } },
            { type: 'text', text: 'What is happening in the video?' },
          ],
        },
      ],
    },
    reply: [{ json: z.looseObject({ id: z.string(), choices: z.array(z.looseObject({})) }) }, events],
    errors: [403, 404, 413, 415, 422],
  },
  {
    ...{ method: 'get', path: '/v1/models', id: 'listModels', group: 'Models', status: 200 },
    ...{ summary: 'The model this server runs', reply: [{ json: modelList }] },
  },
  {
    ...{ method: 'get', path: '/v1/models/{id}', id: 'getModel', group: 'Models', status: 200 },
    ...{ summary: 'One model', reply: [{ json: modelResource }], errors: [404] },
  },
  {
    ...{ method: 'get', path: '/healthz', id: 'isAlive', group: 'Service', status: 200, open: true },
    ...{ summary: 'Whether the process lives', reply: [{ json: status }] },
  },
  {
    ...{ method: 'get', path: '/readyz', id: 'isReady', group: 'Service', status: 200, open: true },
    ...{ summary: 'Whether it can work right now', reply: [{ json: status }], errors: [503] },
  },
  {
    ...{ method: 'get', path: '/metrics', id: 'metrics', group: 'Service', status: 200 },
    ...{ summary: 'What it counts of itself', reply: [text] },
  },
];

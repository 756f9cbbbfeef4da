import { z } from 'zod';
import { captionList, captionReply, captionRequest, modelList, modelResource } from '#contract/rest.ts';
import {
  attentionReply,
  classifyReply,
  classifyRequest,
  matchReply,
  matchRequest,
  searchReply,
  searchRequest,
} from '#contract/search.ts';
import { sessionReply, sessionRequest } from '#contract/session.ts';
import { chatRequest } from '../openai/chat-request.ts';
import type { Operation } from './operation.ts';

const form = { type: 'multipart/form-data', about: 'the clip, in field `file`' };
const events = { type: 'text/event-stream', about: 'server-sent events' };
const text = { type: 'text/plain', about: 'Prometheus’ text format' };
const status = z.object({ status: z.string(), failed: z.array(z.string()).optional() });

/** What the models do with clips, and the state of the server. */
export const modelOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/captions',
    id: 'caption',
    group: 'Captions',
    status: 200,
    summary: 'Describe a clip, or several',
    about:
      'By ids, or with the clip in the request, of which nothing is kept. With `stream` the answer is events: ' +
      '`progress`, `token`, and for each clip `done` or `error`.',
    request: { required: true, bodies: [{ json: captionRequest }, form] },
    example: { videoId: '...', style: 'short' },
    reply: [{ json: z.union([captionReply, captionList]) }, events],
    errors: [404, 413, 422],
  },
  {
    method: 'post',
    path: '/v1/search',
    id: 'searchVideos',
    group: 'Search',
    status: 200,
    summary: 'Find clips by words',
    about:
      'The best first, each with how much each of its frames, and each word of the query, had to do with it. An upload ' +
      'can be found within seconds; `pending` counts those that cannot yet.',
    request: { required: true, bodies: [{ json: searchRequest }] },
    example: { query: 'a red ball moving left', k: 10 },
    reply: [{ json: searchReply }],
    errors: [501],
  },
  {
    method: 'post',
    path: '/v1/classify',
    id: 'classifyVideo',
    group: 'Search',
    status: 200,
    summary: 'Which of these labels fits a clip',
    about:
      'Zero-shot recognition. A label is a text of its own unless a template, such as `a video of {}`, makes it one.',
    request: { required: true, bodies: [{ json: classifyRequest }] },
    example: { videoId: '...', labels: ['moving left', 'moving right'] },
    reply: [{ json: classifyReply }],
    errors: [404, 422, 501],
  },
  {
    method: 'post',
    path: '/v1/videos/{id}/match',
    id: 'matchVideo',
    group: 'Search',
    status: 200,
    summary: 'Which frames of a clip match a text, and which words of the text',
    request: { required: true, bodies: [{ json: matchRequest }] },
    example: { text: 'a red ball moving left' },
    reply: [{ json: matchReply }],
    errors: [404, 422, 501],
  },
  {
    method: 'get',
    path: '/v1/videos/{id}/attention',
    id: 'attention',
    group: 'Search',
    status: 200,
    summary: 'Where the model looks in each frame',
    reply: [{ json: attentionReply }],
    errors: [404, 422, 501],
  },
  {
    method: 'post',
    path: '/v1/chat/completions',
    id: 'chat',
    group: 'Chat',
    status: 200,
    summary: 'Conversation about clips, the way OpenAI’s API does',
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
    method: 'get',
    path: '/v1/models',
    id: 'listModels',
    group: 'Models',
    status: 200,
    summary: 'The model this server runs',
    reply: [{ json: modelList }],
  },
  {
    method: 'get',
    path: '/v1/models/{id}',
    id: 'getModel',
    group: 'Models',
    status: 200,
    summary: 'One model',
    reply: [{ json: modelResource }],
    errors: [404],
  },
  {
    method: 'post',
    path: '/v1/session',
    id: 'logIn',
    group: 'Service',
    status: 200,
    open: true,
    summary: 'Log a browser in with a key; the reply sets its cookie',
    request: { required: true, bodies: [{ json: sessionRequest }] },
    example: { key: '...' },
    reply: [{ json: sessionReply }],
    errors: [400, 401, 403, 429],
  },
  {
    method: 'get',
    path: '/v1/session',
    id: 'whoAmI',
    group: 'Service',
    status: 200,
    summary: 'Whose key this is, and what it may do',
    reply: [{ json: sessionReply }],
  },
  {
    method: 'delete',
    path: '/v1/session',
    id: 'logOut',
    group: 'Service',
    status: 204,
    summary: 'End the browser session of the cookie',
  },
  {
    method: 'get',
    path: '/healthz',
    id: 'isAlive',
    group: 'Service',
    status: 200,
    open: true,
    summary: 'Whether the process lives',
    reply: [{ json: status }],
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'isReady',
    group: 'Service',
    status: 200,
    open: true,
    summary: 'Whether it can work right now',
    reply: [{ json: status }],
    errors: [503],
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    group: 'Service',
    status: 200,
    summary: 'What it counts of itself',
    reply: [text],
  },
];

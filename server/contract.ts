import { z } from 'zod';

/** What the server and its clients say to each other over HTTP, and what chat shares with it. */

export const videoId = z.string().regex(/^[0-9a-f]{32}$/, 'not a video id');

export const videoResource = z.object({
  id: videoId,
  name: z.string(),
  bytes: z.int(),
  duration: z.number(),
  width: z.int(),
  height: z.int(),
  /** When its bytes came first, in milliseconds since 1970. */
  createdAt: z.int(),
});
export type VideoResource = z.infer<typeof videoResource>;

/** Query of `GET /v1/videos`: newest first, from where the list before this one ended. */
export const videoListQuery = z.object({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  before: z.coerce.number().pipe(z.int().nonnegative()).optional(),
});
export const videoList = z.object({
  videos: z.array(videoResource),
  /** The next list's `before`; null when there are no more. */
  next: z.int().nullable(),
});
export type VideoList = z.infer<typeof videoList>;

export const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export type ErrorBody = z.infer<typeof errorBody>;

export const encoderMode = z.enum(['stan', 'plain']);

/** Generation settings; each has a default in the server. */
export const samplingSettings = z.object({
  temperature: z.number().min(0).max(2).optional(),
  seed: z.int().min(0).max(0xffffffff).optional(),
  maxTokens: z.int().min(1).max(4096).optional(),
});
export type SamplingSettings = z.infer<typeof samplingSettings>;

/** Longest question taken, in characters; a longer one is refused with `question_too_long`. */
export const maxQuestionLength = 8000;

export const captionRequest = samplingSettings.extend({ videoId, mode: encoderMode.default('stan') });
export const captionReply = z.object({ caption: z.string(), videoId: z.string().optional() });

export const modelList = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      id: z.string(),
      object: z.literal('model'),
      owned_by: z.string(),
      about: z.string(),
      frames: z.int(),
      video_tokens: z.int(),
    }),
  ),
});

/**
 * Time spent in each stage of the path, in milliseconds. `firstToken` and `total` run from the start of all the work;
 * stages that were not needed again, as for a second question on a clip, are 0.
 */
export const stageTimings = z.object({
  probe: z.number(),
  sample: z.number(),
  preprocess: z.number(),
  encode: z.number(),
  prompt: z.number(),
  firstToken: z.number(),
  total: z.number(),
});
export type StageTimings = z.infer<typeof stageTimings>;

/** How far something is that takes time: one schema for all of it. */
export const progressEvent = z.object({
  type: z.literal('progress'),
  stage: z.enum(['queue', 'probe', 'sample', 'preprocess', 'encode', 'prefill']),
  /** For `queue`: `done` is 0 and `total` is how many are before this one. */
  done: z.int(),
  total: z.int(),
  videoId: videoId.optional(),
});
export const tokenEvent = z.object({ type: z.literal('token'), text: z.string() });
export const doneEvent = z.object({
  type: z.literal('done'),
  text: z.string(),
  reason: z.enum(['end', 'length', 'stopped']),
  /** Prompt tokens the KV cache already held, and those evaluated for this turn. */
  reusedTokens: z.int(),
  promptTokens: z.int(),
  answerTokens: z.int(),
  timings: stageTimings.optional(),
});

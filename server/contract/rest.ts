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

/** The frames a model looks at, with the address of each as a picture. */
export const filmstrip = z.object({
  frames: z.array(z.object({ time: z.number(), url: z.string() })),
});
export type Filmstrip = z.infer<typeof filmstrip>;

export const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    /** As OpenAI names it. */
    type: z.string().optional(),
    /** The part of the request that is wrong, where it is known. */
    param: z.string().nullish(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** How a clip becomes tokens: with the branch (`stan`), without it (`plain`), or by another layout. */
export const encoderMode = z.enum(['stan', 'plain', 'timeline', 'grid', 'keyframes', 'slowfast', 'frames']);
/** `auto`: by the length of the clip and the room for its tokens. */
export const requestedMode = z.enum([...encoderMode.options, 'auto']);

/** Limits of the sampling settings, for every request that has them. */
export const temperature = z.number().min(0).max(2);
export const topP = z.number().gt(0).max(1);
/** llama.cpp takes 32 bits. */
export const seed = z.int().min(0).max(0xffffffff);
export const maxTokens = z.int().min(1).max(4096);

/** Generation settings; each has a default in the server. */
export const samplingSettings = z.object({
  temperature: temperature.optional(),
  seed: seed.optional(),
  maxTokens: maxTokens.optional(),
});
export type SamplingSettings = z.infer<typeof samplingSettings>;

/** Longest question taken, in characters; a longer one is refused with `question_too_long`. */
export const maxQuestionLength = 8000;

/** Frames looked at in a clip; a package may take fewer. */
export const frameCount = z.int().min(1).max(64);

/** The part of a clip that a request is about, in seconds from its start; all of it where both are left out. */
const second = z.number().nonnegative().max(1_000_000);
export const partBounds = z.object({ start: second.optional(), end: second.optional() });
/** Query of the frames of a clip, or of a part of it. */
const secondInQuery = z.coerce.number().pipe(second);
export const framesQuery = z.object({
  frames: z.coerce.number().pipe(frameCount).optional(),
  start: secondInQuery.optional(),
  end: secondInQuery.optional(),
});
export type FramesQuery = z.output<typeof framesQuery>;

/** Segments that each long clip shows to the model, at most. */
export const segmentCount = z.int().min(1).max(64);

/** In which order the model looks at the frames: another than `forward` shows whether it reads the order at all. */
export const frameOrder = z.enum(['forward', 'reverse', 'shuffle']);

/** How a caption is made. Names of sampling settings are those of OpenAI's API. */
export const captionParams = z.object({
  /** A file of prompts/caption; `GET /v1/models` lists those the model knows. */
  style: z.string().max(40).default('short'),
  /** A question of your own, in place of the style's. */
  prompt: z.string().trim().min(1).max(maxQuestionLength).optional(),
  max_tokens: maxTokens.optional(),
  temperature: temperature.optional(),
  top_p: topP.optional(),
  seed: seed.optional(),
  mode: requestedMode.default('stan'),
  frames: frameCount.optional(),
  order: frameOrder.default('forward'),
  ...partBounds.shape,
  segments: segmentCount.optional(),
  /** Answers with server-sent events: progress, words and the end of each caption. */
  stream: z.boolean().default(false),
});
export type CaptionParams = z.infer<typeof captionParams>;
/** Of one stored clip, or of several. */
export const captionRequest = z.union([
  captionParams.extend({ videoId }),
  captionParams.extend({ videoIds: z.array(videoId).min(1).max(64) }),
]);

/** How a frame becomes the square that the model sees: its middle, with bars, or pressed. */
export const frameFit = z.enum(['crop', 'pad', 'squash']);

/** A kind of file that clips may come in. */
export const clipFormat = z.object({
  /** Without the dot; the usual one comes first. */
  extensions: z.array(z.string()).min(1),
  media_type: z.string(),
  plays_in_browsers: z.boolean(),
});

export const modelResource = z.object({
  id: z.string(),
  object: z.literal('model'),
  owned_by: z.string(),
  about: z.string(),
  /** Identifies the package's very bytes. */
  hash: z.string(),
  /** Sampled from a clip by default, and at most. */
  frames: z.int(),
  max_frames: z.int(),
  fit: frameFit,
  /** Tokens that one clip costs, and that one conversation can have. */
  video_tokens: z.int(),
  context_tokens: z.int(),
  caption_styles: z.array(z.string()),
  /** Whether it finds clips by words: the routes of `Search`. */
  search: z.boolean(),
  clip_formats: z.array(clipFormat),
});
export const modelList = z.object({ object: z.literal('list'), data: z.array(modelResource) });

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
  /** For `queue`: `done` is 0 and `total` the place in the queue; 1 is the next. */
  done: z.int(),
  total: z.int(),
  videoId: videoId.optional(),
});

/** A part of a clip, in seconds from its start. */
export const clipPart = z.object({ start: z.number().nonnegative(), end: z.number().nonnegative() });

/** What the model saw of a clip: all that decides its video tokens. */
export const clipReceipt = z.object({
  videoId: videoId.optional(),
  /** Of the clip's bytes, where they are known. */
  sha256: z.string().optional(),
  mode: encoderMode,
  /** How the frames were chosen, by name. */
  sampler: z.string(),
  /** Left out where the frames are from the whole clip. */
  part: clipPart.optional(),
  /** Mug's similarity of the question and a segment of a long clip, where it was known. */
  score: z.number().optional(),
  /** Left out where the frames came as they are in the clip. */
  order: frameOrder.optional(),
  /** Seconds of the frames, in the order in which the model saw them. */
  frames: z.array(z.number()),
  videoTokens: z.object({ count: z.int(), width: z.int() }),
});
export type ClipReceipt = z.infer<typeof clipReceipt>;

/** How sure an answer is; docs/evaluation.md says how `value` was calibrated. */
export const answerConfidence = z.object({
  /** What it is made of: the probability of the answer's least likely token. */
  signal: z.literal('least-token-probability'),
  probability: z.number(),
  /** How often answers with this signal are right; left out where the package was not calibrated. */
  value: z.number().min(0).max(1).optional(),
});

/** What an answer was made from: the same again gives the same answer. */
export const answerReceipt = z.object({
  package: z.object({ name: z.string(), hash: z.string() }),
  seed: z.int(),
  /** Of a long clip, one for each segment that was shown. */
  clips: z.array(clipReceipt),
  /** How far long clips were known: of so many seconds asked about, so many were `seen` by then. */
  longClips: z
    .array(
      z.object({
        videoId: videoId.optional(),
        seconds: z.number(),
        seen: z.number(),
        segments: z.int(),
        repeats: z.int(),
      }),
    )
    .optional(),
  confidence: answerConfidence.optional(),
});
export type AnswerReceipt = z.infer<typeof answerReceipt>;

/** What a stretch of a long clip shows. */
export const chapter = z.object({ start: z.number(), end: z.number(), title: z.string() });

export const captionReply = z.object({
  caption: z.string(),
  videoId: videoId.optional(),
  /** Of a long clip: what the caption is made of. */
  chapters: z.array(chapter).optional(),
  receipt: answerReceipt.optional(),
});
export type CaptionReply = z.infer<typeof captionReply>;
/** One for each clip, in the order asked; one that fails says why and leaves the others alone. */
export const captionList = z.object({
  captions: z.array(z.union([captionReply, errorBody.extend({ videoId })])),
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
  confidence: answerConfidence.optional(),
  timings: stageTimings.optional(),
  receipt: answerReceipt.optional(),
});

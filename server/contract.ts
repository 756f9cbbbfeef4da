import { z } from 'zod';

/** What the server and its clients say to each other: REST bodies, socket events, stream events. */

export const videoId = z.string().regex(/^[0-9a-f]{32}$/, 'not a video id');
export const conversationId = z.string().min(1).max(64);

export const videoResource = z.object({
  id: videoId,
  name: z.string(),
  bytes: z.int(),
  duration: z.number(),
  width: z.int(),
  height: z.int(),
});
export type VideoResource = z.infer<typeof videoResource>;

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

export const openConversation = z.object({
  videoId,
  mode: encoderMode.default('stan'),
  frames: z.int().min(1).max(64).optional(),
});
export const askQuestion = samplingSettings.extend({
  conversationId,
  question: z.string().trim().min(1, 'the question is empty'),
});
export const stopAnswer = z.object({ conversationId });
export const closeConversation = z.object({ conversationId });

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

/** Events of one running conversation; the client folds them, `done` or `error` ends an answer. */
export const streamEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    conversationId,
    stage: z.enum(['probe', 'sample', 'preprocess', 'encode', 'prefill']),
    done: z.int(),
    total: z.int(),
  }),
  z.object({ type: z.literal('token'), conversationId, text: z.string() }),
  z.object({
    type: z.literal('done'),
    conversationId,
    text: z.string(),
    reason: z.enum(['end', 'length', 'stopped']),
    /** Prompt tokens the KV cache already held, and those evaluated for this turn. */
    reusedTokens: z.int(),
    promptTokens: z.int(),
    answerTokens: z.int(),
    timings: stageTimings.optional(),
  }),
  z.object({ type: z.literal('error'), conversationId, code: z.string(), message: z.string() }),
]);
export type StreamEvent = z.infer<typeof streamEvent>;

export type Ack<T> = { ok: true; value: T } | { ok: false; error: { code: string; message: string } };

export const openedConversation = z.object({
  conversationId,
  videoTokens: z.object({ count: z.int(), width: z.int() }),
  /** Seconds of the frames the model saw. */
  frames: z.array(z.number()),
});
export type OpenedConversation = z.infer<typeof openedConversation>;

export interface ClientToServer {
  /** While it works, `progress` events come with the id that the ack will carry at the end. */
  'conversation:open': (
    request: z.input<typeof openConversation>,
    ack: (reply: Ack<OpenedConversation>) => void,
  ) => void;
  /** Acknowledged once the question is taken; the answer comes as `stream` events. One answer at a time. */
  'conversation:ask': (
    request: z.input<typeof askQuestion>,
    ack: (reply: Ack<Record<never, never>>) => void,
  ) => void;
  /** The running answer ends with `done`, reason `stopped`; without one, nothing happens. */
  'conversation:stop': (
    request: z.input<typeof stopAnswer>,
    ack: (reply: Ack<Record<never, never>>) => void,
  ) => void;
  /** Frees what the conversation holds; a closed socket frees all of its conversations by itself. */
  'conversation:close': (
    request: z.input<typeof closeConversation>,
    ack: (reply: Ack<Record<never, never>>) => void,
  ) => void;
}
export interface ServerToClient {
  stream: (event: StreamEvent) => void;
}

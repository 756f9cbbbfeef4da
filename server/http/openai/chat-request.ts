import { z } from 'zod';
import {
  frameCount,
  maxTokens,
  partBounds,
  requestedMode,
  segmentCount,
  temperature,
  topP,
} from '#contract/rest.ts';

/** The request of OpenAI's chat completions API (https://platform.openai.com/docs/api-reference/chat/create). */

const textPart = z.object({ type: z.literal('text'), text: z.string() });
export const mediaPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string().min(1) }) }),
  z.object({ type: z.literal('video_url'), video_url: z.object({ url: z.string().min(1) }) }),
  /** As llama.cpp's server takes it: base64, or an address. */
  z.object({
    type: z.literal('input_video'),
    input_video: z.union([z.object({ data: z.string().min(1) }), z.object({ url: z.string().min(1) })]),
  }),
]);
export type MediaPart = z.infer<typeof mediaPart>;
const part = z.discriminatedUnion('type', [textPart, mediaPart]);
const textContent = z.union([z.string(), z.array(textPart)]);

export const chatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: textContent }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(part)]) }),
  z.object({ role: z.literal('assistant'), content: textContent.nullish() }),
]);
export type ChatMessage = z.infer<typeof chatMessage>;

const stopText = z.string().min(1).max(200);
/** What says who asks or how the request is kept, and changes nothing about the answer. */
const withoutEffect = z.unknown().optional();
const notNeeded = (allowed: string) =>
  z.literal(allowed, { error: `only "${allowed}" is supported here` }).nullish();

/** Strict: what would change the answer and is not done here is refused rather than left out. */
export const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(chatMessage).min(1).max(1000),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({
      include_usage: z.boolean().nullish(),
      /** Not OpenAI's: chunks without choices tell how far the clips and the prompt are. */
      include_progress: z.boolean().nullish(),
    })
    .nullish(),
  max_tokens: maxTokens.nullish(),
  max_completion_tokens: maxTokens.nullish(),
  temperature: temperature.nullish(),
  top_p: topP.nullish(),
  seed: z.int().nullish(),
  stop: z.union([stopText, z.array(stopText).max(16)]).nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.unknown() }) }),
    ])
    .nullish(),
  n: z.literal(1, { error: 'only one answer is given' }).nullish(),
  presence_penalty: z.literal(0, { error: 'penalties are not supported by this server' }).nullish(),
  frequency_penalty: z.literal(0, { error: 'penalties are not supported by this server' }).nullish(),
  logprobs: z.literal(false, { error: 'logprobs are not supported by this server' }).nullish(),
  tools: z.array(z.never({ error: 'tools are not supported by this server' })).nullish(),
  tool_choice: z.enum(['none', 'auto'], { error: 'tools are not supported by this server' }).nullish(),
  parallel_tool_calls: withoutEffect,
  modalities: z.array(z.literal('text', { error: 'answers are text only' })).nullish(),
  verbosity: notNeeded('medium'),
  user: withoutEffect,
  metadata: withoutEffect,
  store: z.literal(false, { error: 'chat completions are not stored' }).nullish(),
  service_tier: withoutEffect,
  safety_identifier: withoutEffect,
  prompt_cache_key: withoutEffect,
  /** Null is how some clients leave these out. */
  functions: z.null({ error: 'functions are not supported by this server' }).optional(),
  audio: z.null({ error: 'audio is not supported by this server' }).optional(),
  logit_bias: z
    .null({ error: 'logit_bias is not supported by this server' })
    .or(z.strictObject({}))
    .optional(),
  top_logprobs: z.null({ error: 'logprobs are not supported by this server' }).or(z.literal(0)).optional(),
  /** Not OpenAI's: `plain` reads clips as the unmodified image chatbot does. */
  mode: requestedMode.nullish(),
  /** Not OpenAI's: frames looked at in each clip. */
  frames: frameCount.nullish(),
  /** Not OpenAI's: only this part of each clip, in seconds. */
  start: partBounds.shape.start.nullable(),
  end: partBounds.shape.end.nullable(),
  segments: segmentCount.nullish(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

import express, { type Request, type Response, Router } from 'express';
import { doneEventOf } from '#engine/done-event.ts';
import type { AnswerEvent, DoneEvent, GenerateOptions } from '#engine/events.ts';
import type { Engine } from '#engine/engine.ts';
import { AppError, toAppError } from '#errors';
import { errorBodyOf } from '../errors.ts';
import { EventSender } from '../event-sender.ts';
import { contextOf, viewerOfRequest } from '../request-context.ts';
import { requestSignal } from '../request-signal.ts';
import { parseRequest } from '#core/parse-request.ts';
import type { RemoteMedia } from '#remote/remote-media.ts';
import type { ClipStore } from '#store/clip-store.ts';
import { type ChatRequest, chatRequest } from './chat-request.ts';
import { Completion } from './completion.ts';
import { RequestMedia } from './request-media.ts';
import { conversationOf } from './messages.ts';

export interface ChatCompletionOptions {
  readonly store: ClipStore;
  readonly engine: Pick<Engine, 'answer' | 'model'>;
  readonly remote: Pick<RemoteMedia, 'open'>;
  readonly maxUploadBytes: number;
}

/** JSON is read as a whole, so clips within it are small; larger ones are uploaded and named by `video://id`. */
const maxBodyBytes = 64 * 1024 * 1024;

/** `POST /v1/chat/completions` as OpenAI clients send it, with clips and pictures among the text. */
export function chatCompletionRoutes(options: ChatCompletionOptions): Router {
  const { store, engine, remote, maxUploadBytes: maxBytes } = options;
  const router = Router();

  router.use(express.json({ limit: maxBodyBytes }));
  router.post('/', async function complete(request: Request, response: Response) {
    const signal = requestSignal(response);
    const asked = parseRequest(chatRequest, request.body);
    if (asked.model !== engine.model.name) throw noSuchModel(asked.model, engine.model.name);
    const media = new RequestMedia({ store, viewer: viewerOfRequest(response), remote, maxBytes, signal });
    const completion = new Completion(engine.model);
    let done: DoneEvent | undefined;
    try {
      const { turns, system } = await conversationOf(asked.messages, (part) => media.open(part));
      const mode = asked.mode ?? undefined;
      const frames = asked.frames ?? undefined;
      const [start, end] = [asked.start ?? undefined, asked.end ?? undefined];
      const seen = { mode, frames, start, end, segments: asked.segments ?? undefined };
      const events = engine.answer(turns, { ...generation(asked), system, ...seen, signal });
      if (asked.stream) await sendChunks({ response, signal }, completion, events, asked.stream_options);
      else done = await doneEventOf(events, signal);
    } finally {
      await media.discard();
    }
    if (done !== undefined) response.json(completion.whole(done));
  });

  return router;
}

/** Null counts as absent. */
function generation(asked: ChatRequest): Omit<GenerateOptions, 'signal'> {
  const { response_format: format, stop, seed } = asked;
  return {
    maxTokens: asked.max_completion_tokens ?? asked.max_tokens ?? undefined,
    temperature: asked.temperature ?? undefined,
    topP: asked.top_p ?? undefined,
    // any whole number is a seed to OpenAI; llama.cpp takes 32 bits
    seed: seed == null ? undefined : seed >>> 0,
    stop: typeof stop === 'string' ? [stop] : (stop ?? undefined),
    jsonSchema:
      format?.type === 'json_schema'
        ? format.json_schema.schema
        : format?.type === 'json_object'
          ? { type: 'object', additionalProperties: true }
          : undefined,
  };
}

/** Headers go out with the first event, so that what fails before it, as most does, has its own status. */
async function sendChunks(
  { response, signal }: { readonly response: Response; readonly signal: AbortSignal },
  completion: Completion,
  events: AsyncIterable<AnswerEvent>,
  wanted: ChatRequest['stream_options'],
): Promise<void> {
  let sender: EventSender | undefined;
  const send = async (data: unknown): Promise<void> => {
    sender ??= new EventSender(response);
    await sender.send(undefined, data);
  };
  let isFirst = true;
  try {
    for await (const event of events) {
      if (event.type === 'progress') {
        if (wanted?.include_progress) await send(completion.progress(event));
        continue;
      }
      if (event.type === 'token' || isFirst) {
        await send(completion.words(event.type === 'token' ? event.text : '', isFirst));
        isFirst = false;
      }
      if (event.type !== 'done') continue;
      signal.throwIfAborted();
      await send(completion.end(event));
      if (wanted?.include_usage) await send(completion.usage(event));
      await send('[DONE]');
    }
  } catch (thrown) {
    if (sender === undefined) throw thrown;
    const error = toAppError(signal.aborted ? signal.reason : thrown);
    contextOf(response).failure = error;
    await send(errorBodyOf(error));
    // the server ends, and so does the stream, in order
    if (signal.aborted) await send('[DONE]');
  } finally {
    sender?.end();
  }
}

function noSuchModel(asked: string, own: string): AppError {
  const message = `model: there is no ${JSON.stringify(asked.slice(0, 100))} here; this server runs "${own}"`;
  return new AppError('not_found', message, { param: 'model' });
}

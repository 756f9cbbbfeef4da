import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import {
  type CaptionReply,
  type captionList,
  captionRequest,
  type CaptionParams,
  captionParams,
  type doneEvent,
  type progressEvent,
  type tokenEvent,
} from '#contract/rest.ts';
import { doneEventOf } from '#engine/done-event.ts';
import type { Engine } from '#engine/engine.ts';
import { clock } from '#engine/segments/time-mark.ts';
import type { ClipSource } from '#engine/types.ts';
import { toAppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import { WorkQueue } from '#core/work-queue.ts';
import type { LongClipSearch } from '#search/long-clip-search.ts';
import type { ClipStore } from '#store/clip-store.ts';
import { errorBodyOf } from './errors.ts';
import { EventSender } from './event-sender.ts';
import { receiveForm } from './multipart.ts';
import { contextOf, viewerOfRequest } from './request-context.ts';
import { requestSignal } from './request-signal.ts';

/** Describes clips in words. */
export type Captioner = Pick<Engine, 'answer' | 'captionQuestion'>;

/** Knows the chapters of long clips. */
export type ChapterFinder = Pick<LongClipSearch, 'chapters' | 'chapterStyle'>;

export interface CaptionRoutesOptions {
  readonly store: ClipStore;
  readonly captioner: Captioner;
  readonly longClips?: ChapterFinder | undefined;
  readonly maxUploadBytes: number;
}

/** Clips of a batch that are worked on at the same time: enough to fill the stages, few enough to leave room. */
const batchAtOnce = 4;

/** `POST /v1/captions`: of stored clips by their ids, or of a clip sent along, of which nothing is kept. */
export function captionRoutes(options: CaptionRoutesOptions): Router {
  const { store, captioner, longClips, maxUploadBytes } = options;
  const router = Router();

  router.post('/', async function caption(request: Request, response: Response) {
    const signal = requestSignal(response);
    if (request.is('multipart/form-data') === false) {
      const wish = parseRequest(captionRequest, request.body);
      const ids = 'videoIds' in wish ? wish.videoIds : [wish.videoId];
      const viewer = viewerOfRequest(response);
      const sources = await Promise.all(ids.map((id) => store.source(viewer, id)));
      const chaptersOf = (id: string) => longClips?.chapters(id, viewer).chapters ?? [];
      const isByChapter = isAboutAll(wish) && wish.style === longClips?.chapterStyle;
      const work = new CaptionWork(captioner, wish, { signal, ...(isByChapter && { chaptersOf }) });
      if (wish.stream) await streamCaptions(response, work, sources);
      else if ('videoIds' in wish) response.json(await captionEach(work, sources));
      else for (const source of sources) response.json(await work.caption(source));
      return;
    }
    const { upload, fields } = await receiveForm(request, store, { maxBytes: maxUploadBytes, signal });
    let reply: CaptionReply | undefined;
    try {
      const wish = parseRequest(captionParams, withValues(fields));
      const source = { path: upload.path, sha256: upload.sha256 };
      const work = new CaptionWork(captioner, wish, { signal });
      if (wish.stream) await streamCaptions(response, work, [source]);
      else reply = await work.caption(source);
    } finally {
      await store.discard(upload);
    }
    if (reply !== undefined) response.json(reply);
  });

  return router;
}

/** An event of the engine as the wire has it. */
type CaptionEvent = z.infer<typeof progressEvent> | z.infer<typeof tokenEvent> | z.infer<typeof doneEvent>;

type Chapters = NonNullable<CaptionReply['chapters']>;

interface CaptionWorkOptions {
  readonly signal: AbortSignal;
  /** The chapters of a stored clip, where captions are made of them; empty for a short clip, or while they are being made. */
  readonly chaptersOf?: (videoId: string) => Chapters;
}

/** Whether a caption is of the whole clip in the server's own words: how it is looked at is then the server's business. */
function isAboutAll({ prompt, start, end, frames, segments, order, mode }: CaptionParams): boolean {
  const isUsual = order === 'forward' && (mode === 'stan' || mode === 'auto');
  return isUsual && [prompt, start, end, frames, segments].every((one) => one === undefined);
}

/** One request's captions. */
class CaptionWork {
  readonly signal: AbortSignal;
  readonly #captioner: Captioner;
  readonly #question: string;
  readonly #wish: CaptionParams;
  readonly #chaptersOf: (videoId: string) => Chapters;

  /** Throws `invalid_request` for a style the model does not know. */
  constructor(captioner: Captioner, wish: CaptionParams, { signal, chaptersOf }: CaptionWorkOptions) {
    this.#captioner = captioner;
    this.#question = wish.prompt ?? captioner.captionQuestion(wish.style);
    this.#wish = wish;
    this.signal = signal;
    this.#chaptersOf = chaptersOf ?? (() => []);
  }

  events(source: ClipSource): AsyncIterable<CaptionEvent> | Iterable<CaptionEvent> {
    const chapters = this.#chapters(source);
    return chapters.length > 0 ? chapterEvents(chapters) : this.#answer(source);
  }

  async caption(source: ClipSource): Promise<CaptionReply> {
    const { videoId } = source;
    const named = videoId === undefined ? {} : { videoId };
    const chapters = this.#chapters(source);
    if (chapters.length > 0) return { caption: textOf(chapters), ...named, chapters };
    const { text, receipt } = await doneEventOf(this.#answer(source), this.signal);
    return { caption: text.trim(), ...named, receipt };
  }

  #chapters({ videoId }: ClipSource): Chapters {
    return videoId === undefined ? [] : this.#chaptersOf(videoId);
  }

  #answer(source: ClipSource): ReturnType<Captioner['answer']> {
    const { mode, frames, order, start, end, segments, temperature, seed } = this.#wish;
    const { max_tokens: maxTokens, top_p: topP } = this.#wish;
    const sampling = { temperature, seed, maxTokens, topP };
    const turns = [{ question: this.#question, clips: [source] }];
    return this.#captioner.answer(turns, {
      mode,
      frames,
      order,
      start,
      end,
      segments,
      ...sampling,
      signal: this.signal,
    });
  }
}

/** A line a chapter, behind its times. */
function textOf(chapters: Chapters): string {
  return chapters.map(({ start, end, title }) => `${clock(start)}-${clock(end)} ${title}`).join('\n');
}

/** What a stream says of a caption that no model has to be asked for. */
function chapterEvents(chapters: Chapters): CaptionEvent[] {
  const text = textOf(chapters);
  const counts = { reusedTokens: 0, promptTokens: 0, answerTokens: 0 };
  return [
    { type: 'token', text },
    { type: 'done', text, reason: 'end', ...counts },
  ];
}

async function captionEach(
  work: CaptionWork,
  sources: readonly (ClipSource & { videoId: string })[],
): Promise<z.infer<typeof captionList>> {
  const { signal } = work;
  const options = { label: 'have a clip captioned', concurrency: batchAtOnce, maxWaiting: sources.length };
  const queue = new WorkQueue(options);
  const caption = (source: ClipSource & { videoId: string }) =>
    work.caption(source).catch((thrown: unknown) => {
      signal.throwIfAborted();
      return { videoId: source.videoId, ...errorBodyOf(toAppError(thrown)) };
    });
  const captions = sources.map((source) => queue.run(() => caption(source), { signal }));
  return { captions: await Promise.all(captions) };
}

/** Events carry the name of their clip, where it has one; each clip's last is `done` or `error`. */
async function streamCaptions(
  response: Response,
  work: CaptionWork,
  sources: readonly ClipSource[],
): Promise<void> {
  const sender = new EventSender(response);
  try {
    for (const source of sources) {
      const { videoId } = source;
      const named = videoId === undefined ? {} : { videoId };
      try {
        for await (const event of work.events(source)) {
          if (event.type === 'done') work.signal.throwIfAborted();
          await sender.send(event.type, { ...named, ...event });
        }
      } catch (thrown) {
        if (response.closed) return;
        const error = toAppError(work.signal.aborted ? work.signal.reason : thrown);
        contextOf(response).failure = error;
        await sender.send('error', { ...named, type: 'error', ...errorBodyOf(error).error });
        if (work.signal.aborted) return;
      }
    }
  } finally {
    sender.end();
  }
}

/** Form fields are all text; the schema wants numbers as numbers. */
function withValues(fields: Readonly<Record<string, string>>): Record<string, string | number | boolean> {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, text]) => [name, name === 'prompt' ? text : fieldValue(text)]),
  );
}

function fieldValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

import type { z } from 'zod';
import { ClientError, jsonOrNothing, refusalOf, unreachable, unreadable } from './client-error.ts';
import {
  type captionParams,
  captionReply,
  type CaptionReply,
  filmstrip,
  type Filmstrip,
  modelList,
  videoList,
  type VideoList,
  videoResource,
  type VideoResource,
} from './rest.ts';
import {
  chaptersReply,
  type ChaptersReply,
  copiesReply,
  type CopiesReply,
  type copiesRequest,
  momentsReply,
  type MomentsReply,
  type momentsRequest,
  segmentsReply,
  type SegmentsReply,
} from './moments.ts';
import {
  attentionReply,
  type AttentionReply,
  classifyReply,
  type ClassifyReply,
  type classifyRequest,
  matchReply,
  type MatchReply,
  searchReply,
  type SearchReply,
  type searchRequest,
} from './search.ts';

import { sessionReply, type SessionReply } from './session.ts';

/** What is used of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface RestClientOptions {
  /** Put before every path, e.g. `http://127.0.0.1:3000`. Default: none, as a page asks its own server. */
  readonly url?: string;
  readonly fetch?: Fetch;
  /** Sent with each request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CaptionQuestion extends Omit<z.input<typeof captionParams>, 'stream'> {
  readonly videoId: string;
}

export type ModelResource = z.infer<typeof modelList>['data'][number];

/**
 * The server's HTTP half, a method an operation, each reply checked. Every method throws `ClientError`: what the server
 * refuses, or `unreachable`, `unreadable`, `unexpected_status`; an aborted request is `unreachable` too.
 */
export class RestClient {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url = '', fetch: send, headers = {} }: RestClientOptions = {}) {
    this.#url = url;
    this.#fetch = send ?? ((address, init) => fetch(address, init));
    this.#headers = headers;
  }

  async models(signal?: AbortSignal): Promise<ModelResource[]> {
    return (await this.#get('/v1/models', modelList, signal)).data;
  }

  /** Clips, newest first, from before the list whose `next` is given. */
  videos(
    { limit, before }: { readonly limit?: number; readonly before?: number } = {},
    signal?: AbortSignal,
  ): Promise<VideoList> {
    const query = new URLSearchParams();
    if (limit !== undefined) query.set('limit', `${limit}`);
    if (before !== undefined) query.set('before', `${before}`);
    return this.#get(`/v1/videos?${query}`, videoList, signal);
  }

  video(id: string, signal?: AbortSignal): Promise<VideoResource> {
    return this.#get(`/v1/videos/${id}`, videoResource, signal);
  }

  /** Sends a whole clip in one request. */
  upload(name: string, clip: Blob, signal?: AbortSignal): Promise<VideoResource> {
    const body = new FormData();
    body.append('file', clip, name);
    return this.#call('/v1/videos', videoResource, { method: 'POST', body }, signal);
  }

  async removeVideo(id: string, signal?: AbortSignal): Promise<void> {
    await this.#text(`/v1/videos/${id}`, { method: 'DELETE' }, signal);
  }

  filmstrip(id: string, signal?: AbortSignal): Promise<Filmstrip> {
    return this.#get(`/v1/videos/${id}/frames`, filmstrip, signal);
  }

  caption(question: CaptionQuestion, signal?: AbortSignal): Promise<CaptionReply> {
    return this.#post('/v1/captions', captionReply, question, signal);
  }

  search(request: z.input<typeof searchRequest>, signal?: AbortSignal): Promise<SearchReply> {
    return this.#post('/v1/search', searchReply, request, signal);
  }

  classify(request: z.input<typeof classifyRequest>, signal?: AbortSignal): Promise<ClassifyReply> {
    return this.#post('/v1/classify', classifyReply, request, signal);
  }

  /** How well a text matches a clip, and which frames and words it rests on. */
  match(videoId: string, text: string, signal?: AbortSignal): Promise<MatchReply> {
    return this.#post(`/v1/videos/${videoId}/match`, matchReply, { text }, signal);
  }

  attention(videoId: string, signal?: AbortSignal): Promise<AttentionReply> {
    return this.#get(`/v1/videos/${videoId}/attention`, attentionReply, signal);
  }

  /** How a clip is cut, so far. */
  segments(videoId: string, signal?: AbortSignal): Promise<SegmentsReply> {
    return this.#get(`/v1/videos/${videoId}/segments`, segmentsReply, signal);
  }

  /** The chapters of a long clip; `pending` while they are being made. */
  chapters(videoId: string, signal?: AbortSignal): Promise<ChaptersReply> {
    return this.#get(`/v1/videos/${videoId}/chapters`, chaptersReply, signal);
  }

  /** Where a clip shows what a text says. */
  moments(
    videoId: string,
    request: z.input<typeof momentsRequest>,
    signal?: AbortSignal,
  ): Promise<MomentsReply> {
    return this.#post(`/v1/videos/${videoId}/moments`, momentsReply, request, signal);
  }

  /** Other clips that have a part of this one in them. */
  copies(
    videoId: string,
    request: z.input<typeof copiesRequest> = {},
    signal?: AbortSignal,
  ): Promise<CopiesReply> {
    return this.#post(`/v1/videos/${videoId}/copies`, copiesReply, request, signal);
  }

  /** Who this client is. Throws `unauthorized` where the server asks for a key. */
  session(signal?: AbortSignal): Promise<SessionReply> {
    return this.#get('/v1/session', sessionReply, signal);
  }

  /** Logs a browser in, which keeps a cookie. Throws `unauthorized`, and `rate_limited` after many wrong keys. */
  logIn(key: string, signal?: AbortSignal): Promise<SessionReply> {
    return this.#post('/v1/session', sessionReply, { key }, signal);
  }

  async logOut(signal?: AbortSignal): Promise<void> {
    await this.#text('/v1/session', { method: 'DELETE' }, signal);
  }

  #get<T>(path: string, reply: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    return this.#call(path, reply, {}, signal);
  }

  #post<T>(path: string, reply: z.ZodType<T>, request: object, signal?: AbortSignal): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#call(path, reply, { method: 'POST', headers, body: JSON.stringify(request) }, signal);
  }

  async #call<T>(path: string, reply: z.ZodType<T>, init: RequestInit, signal?: AbortSignal): Promise<T> {
    const parsed = reply.safeParse(jsonOrNothing(await this.#text(path, init, signal)));
    if (!parsed.success) throw unreadable('a reply', parsed.error);
    return parsed.data;
  }

  async #text(path: string, init: RequestInit, signal?: AbortSignal): Promise<string> {
    const headers = { ...this.#headers, ...init.headers };
    try {
      const response = await this.#fetch(`${this.#url}${path}`, { ...init, headers, signal: signal ?? null });
      const text = await response.text();
      if (response.ok) return text;
      throw refusalOf(response.status, text);
    } catch (thrown) {
      throw thrown instanceof ClientError ? thrown : unreachable(thrown);
    }
  }
}

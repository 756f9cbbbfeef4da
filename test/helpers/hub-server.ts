import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { after } from 'node:test';
import type { Hub } from '#models/hub/hub-settings.ts';

export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

/** A server on a port of its own that plays the hub, until the suite ends. */
export interface HubServer {
  readonly origin: string;
  /** `owner/name` to its files, path to contents. */
  readonly repositories: Map<string, Record<string, Buffer>>;
  /** Every request since it was last emptied. */
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Entries of a listing a page. */
  pageSize: number;
  /** Sees a request first; true where it has answered. */
  intercept: Intercept | undefined;
  close(): Promise<void>;
}

export async function startHub(): Promise<HubServer> {
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    hub.requests.push({ url, headers: request.headers });
    if (hub.intercept?.(request, response) === true) return;
    answer(hub, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const hub: HubServer = {
    origin: `http://127.0.0.1:${address.port}`,
    repositories: new Map(),
    requests: [],
    pageSize: 1000,
    intercept: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  after(() => hub.close());
  return hub;
}

/** Settings to talk to it with: no waiting between retries, and a stall is noticed at once. */
export function settingsFor({ origin }: HubServer, token?: string): Hub {
  return {
    endpoint: origin,
    token,
    patience: { stallMs: 5_000, retries: 3, pause: async (_, signal) => signal?.throwIfAborted() },
  };
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface SendOptions {
  /** Answers ranges with the whole file. */
  readonly ignoreRange?: boolean;
  /** Sends the rest whatever `If-Range` says. */
  readonly ignoreCondition?: boolean;
  readonly etag?: string;
  /** Goes quiet after so many bytes of the body. */
  readonly stallAfter?: number | undefined;
}

/** Answers as the hub's store of large files does: ETag, Range, If-Range, 416. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  {
    ignoreRange = false,
    ignoreCondition = false,
    etag = `"${sha256(bytes).slice(0, 16)}"`,
    stallAfter,
  }: SendOptions = {},
): void {
  const { range, 'if-range': condition } = request.headers;
  const [, from = 0, to = bytes.length - 1] = /^bytes=(\d+)-(\d+)?$/.exec(range ?? '') ?? [];
  const [start, end] = [Number(from), Math.min(Number(to) + 1, bytes.length)];
  const partial = range !== undefined && !ignoreRange && (ignoreCondition || (condition ?? etag) === etag);
  if (partial && start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const body = partial ? bytes.subarray(start, end) : bytes;
  response.writeHead(partial ? 206 : 200, {
    etag,
    'content-length': body.length,
    ...(partial && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  });
  if (stallAfter === undefined) response.end(body);
  else if (stallAfter === 0) response.flushHeaders();
  else response.write(body.subarray(0, stallAfter));
}

function answer(hub: HubServer, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', hub.origin);
  const [, tree] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(url.pathname) ?? [];
  if (tree !== undefined) {
    list(hub, tree, url, response);
    return;
  }
  const [, repo = '', path = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url.pathname) ?? [];
  const bytes = hub.repositories.get(repo)?.[decodeURIComponent(path)];
  if (bytes === undefined) response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
  else sendFile(request, response, bytes);
}

function list(hub: HubServer, repo: string, url: URL, response: ServerResponse): void {
  const files = hub.repositories.get(repo);
  if (files === undefined) {
    response.writeHead(401, { 'x-error-code': 'RepoNotFound' }).end();
    return;
  }
  const start = Number(url.searchParams.get('cursor') ?? 0);
  const end = start + hub.pageSize;
  const all = Object.entries(files).map(([path, bytes]) => describe(path, bytes));
  const next = `${hub.origin}${url.pathname}?recursive=true&cursor=${end}`;
  response
    .writeHead(200, {
      'content-type': 'application/json',
      ...(end < all.length && { link: `<${next}>; rel="next"` }),
    })
    .end(JSON.stringify(all.slice(start, end)));
}

/** Like the hub, it knows the hash of what is no small text. */
function describe(path: string, bytes: Buffer): object {
  const isLarge = !/\.(json|txt|md)$/.test(path);
  return {
    type: 'file',
    oid: 'a'.repeat(40),
    path,
    size: bytes.length,
    ...(isLarge && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
  };
}

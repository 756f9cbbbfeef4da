import { PassThrough, Readable } from 'node:stream';
import type { Request as ExpressRequest } from 'express';
import { z } from 'zod';
import { drain } from './drain.ts';

/** A sender that stays silent this long is gone; it can go on with another request. */
const idleMs = 60_000;

/** The headers of tus that are understood here; with no others, none can rename a method or a host. */
const heard = [
  'tus-resumable',
  'upload-length',
  'upload-offset',
  'upload-metadata',
  'content-type',
  'content-length',
];

/** A request for the tus library, under the address `path`. */
export function webRequest(request: ExpressRequest, path: string, body?: Readable): Request {
  const headers = new Headers();
  for (const name of heard) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  // one class with two types: Node's own, and the browser's
  const stream = body && z.instanceof(ReadableStream).parse(Readable.toWeb(body));
  const init = { method: request.method, headers, ...(stream && { body: stream, duplex: 'half' }) };
  return new Request(new URL(path, 'http://localhost'), init);
}

/** The bytes of a request; where its sender goes away, falls silent or is stopped, they end. What came is good. */
export function receiveBody(request: ExpressRequest): { body: Readable; stop: () => void } {
  const body = new PassThrough();
  const stop = () => {
    if (body.writableEnded) return;
    request.unpipe(body);
    body.end();
    drain(request);
  };
  request.once('close', stop);
  request.once('end', () => request.setTimeout(0));
  request.setTimeout(idleMs, stop);
  request.pipe(body);
  return { body, stop };
}

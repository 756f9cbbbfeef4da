import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before } from 'node:test';
import { AppError } from '#errors';
import { RemoteMedia, type RemoteMediaOptions } from '#remote/remote-media.ts';

export const clip = Buffer.from('moving pictures');
export const never = new AbortController().signal;

/** A name service that knows one answer. */
export const at =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** Fails unless a download does, with one line that gives away neither addresses nor what the host said. */
export async function refused(downloading: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(downloading, (error) => {
    assert(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n|127\.0\.0\.1|10\.0\.0\.1|secret/);
    return true;
  });
}

/** A host of clips for the calling suite. After each test it waits until nobody is connected any more. */
export class ClipHost {
  readonly asked: IncomingMessage[] = [];
  readonly #routes = new Map<string, RequestListener>();
  readonly #server = createServer((request, response) => {
    this.asked.push(request);
    const route = this.#routes.get(request.url ?? '');
    if (route === undefined) response.writeHead(404).end('a secret');
    else route(request, response);
  });

  constructor() {
    before(async () => {
      this.#server.listen(0, '127.0.0.1');
      await once(this.#server, 'listening');
    });
    afterEach(async () => {
      await this.idle();
      this.asked.length = 0;
      this.#routes.clear();
    });
    after(() => this.#server.close());
  }

  get port(): number {
    const address = this.#server.address();
    assert(typeof address === 'object' && address !== null);
    return address.port;
  }

  get localhost(): string {
    return `localhost:${this.port}`;
  }

  media(options: Partial<RemoteMediaOptions> = {}): RemoteMedia {
    return new RemoteMedia({ allow: [this.localhost], maxBytes: 1000, resolve: at('127.0.0.1'), ...options });
  }

  async download(url: string, options: Partial<RemoteMediaOptions> = {}, signal = never): Promise<Buffer> {
    return buffer((await this.media(options).open(url, { signal })).stream);
  }

  /** Answers a path from now on; returns its URL. */
  serve(path: string, route: (response: ServerResponse) => void): string {
    this.#routes.set(path, (_request, response) => route(response));
    return `http://${this.localhost}${path}`;
  }

  redirect(path: string, location: string): string {
    return this.serve(path, (response) => response.writeHead(302, { location }).end('elsewhere'));
  }

  /** Resolves once nobody is connected. */
  async idle(): Promise<void> {
    while ((await this.#connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }
}

import assert from 'node:assert/strict';
import { errorBody } from '#contract/rest.ts';

/** Headers of every request that carries bytes. */
export const bytes = { 'content-type': 'application/offset+octet-stream' };

/** The tus protocol by hand, right or wrong as the test wants it; `url` is asked for at each request. */
export function rawTus(url: () => string) {
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    fetch(`${url()}/v1/uploads${path}`, {
      method,
      headers: { 'tus-resumable': '1.0.0', ...headers },
      ...(body !== undefined && { body }),
    });
  const create = (length: number | string, headers: Record<string, string> = {}) =>
    ask('POST', '', { 'upload-length': `${length}`, ...headers });
  const append = (
    path: string,
    offset: number | string,
    body: string,
    headers: Record<string, string> = {},
  ) => ask('PATCH', path, { ...bytes, 'upload-offset': `${offset}`, ...headers }, body);

  /** Creates an upload; its path under the routes. */
  async function begin(length: number, headers: Record<string, string> = {}): Promise<string> {
    const reply = await create(length, headers);
    assert.equal(reply.status, 201, await reply.text());
    const [, path = ''] = /^\/v1\/uploads(\/[0-9a-f]{32})$/.exec(reply.headers.get('location') ?? '') ?? [];
    assert.notEqual(path, '');
    return path;
  }

  async function offsetOf(path: string): Promise<number> {
    const reply = await ask('HEAD', path);
    assert.equal(reply.status, 200);
    return Number(reply.headers.get('upload-offset'));
  }

  return { ask, create, append, begin, offsetOf };
}

export async function assertRefused(reply: Response, status: number, code: string): Promise<void> {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  const { error } = errorBody.parse(JSON.parse(text));
  assert.equal(error.code, code);
  assert(!/secret|\n/.test(error.message), error.message);
}

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { beforeEach } from 'node:test';
import { type DownloadOptions, download } from '#models/hub/download.ts';
import { HubError, type HubErrorCode } from '#models/hub/hub-error.ts';
import type { Patience } from '#models/hub/hub-settings.ts';
import { type SendOptions, sendFile, settingsFor, sha256, startHub } from '#test/helpers/hub-server.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const temp = tempFolder();

export const file = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 4));
export const half = 150_000;
export const known = { bytes: file.length, sha256: sha256(file) };

export const server = await startHub();
export const hub = settingsFor(server, 'hf_secret');
export const source = `${server.origin}/them/llava/resolve/main/model.gguf`;

/** Where the current test's file goes; a folder of its own. */
export let target = '';
beforeEach(() => {
  server.repositories.set('them/llava', { 'model.gguf': file });
  newTarget();
});

/** Another place, and a server that knows nothing of what was before. */
export function newTarget(): void {
  target = join(mkdtempSync(join(temp, 'cache-')), 'them/llava/model.gguf');
  server.requests.length = 0;
  server.intercept = undefined;
}

export interface Way extends SendOptions {
  readonly contents?: Buffer;
  /** Cuts the connection after so many bytes of the body, once they have arrived. */
  readonly cutAfter?: number;
}

let cut: { readonly at: number; readonly response: ServerResponse } | undefined;

/** Each request is answered the next of these ways, the last way from then on. */
export function answers(...ways: readonly Way[]): void {
  let count = 0;
  server.intercept = (request, response) => {
    const way = ways[Math.min(count++, ways.length - 1)] ?? {};
    sendFile(request, response, way.contents ?? file, { ...way, stallAfter: way.cutAfter ?? way.stallAfter });
    const start = response.statusCode === 206 ? Number(/\d+/.exec(request.headers.range ?? '')) : 0;
    // What has not arrived when a connection breaks may be lost; to count bytes, wait for them.
    if (way.cutAfter === 0) response.socket?.end();
    else if (way.cutAfter !== undefined) cut = { at: start + way.cutAfter, response };
    return true;
  };
}

export interface FetchOptions extends DownloadOptions {
  readonly patience?: Partial<Patience>;
}

/** `download` of the test's file to its target. */
export async function fetchFile({ patience, onProgress, ...options }: FetchOptions = known): Promise<void> {
  cut = undefined;
  await download({ ...hub, patience: { ...hub.patience, ...patience } }, source, target, {
    ...options,
    onProgress(progress) {
      onProgress?.(progress);
      if (progress.received > 0 && cut !== undefined && progress.bytes >= cut.at) cut.response.destroy();
    },
  });
}

export async function arrives(options: FetchOptions = known): Promise<void> {
  await fetchFile(options);
  assert.ok(readFileSync(target).equals(file));
  assert.deepEqual(left(), ['model.gguf']);
}

export async function fails(
  code: HubErrorCode,
  problem: RegExp,
  options: FetchOptions = known,
): Promise<void> {
  await assert.rejects(fetchFile(options), (error) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, problem);
    assert.ok(!error.message.includes('\n') && !error.message.includes('hf_secret'));
    return true;
  });
}

/** Leaves the first half as a part, as a process leaves it that was killed. */
export async function interrupt(options: SendOptions = {}): Promise<void> {
  answers({ ...options, cutAfter: half });
  await assert.rejects(fetchFile({ ...known, patience: { retries: 0 } }), { code: 'unreachable' });
  server.requests.length = 0;
  server.intercept = undefined;
}

/** The `Range` of every request. */
export function ranges(): (string | undefined)[] {
  return server.requests.map(({ headers }) => headers.range);
}

/** What lies where the file should. */
export function left(): string[] {
  return existsSync(dirname(target)) ? readdirSync(dirname(target)).sort() : [];
}

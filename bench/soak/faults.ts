import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerWatch } from '../load/server-watch.ts';
import { schemaBombs } from './bombs.ts';

export interface FaultOptions {
  readonly url: string;
  readonly watch: ServerWatch;
  readonly clips: readonly string[];
  readonly videoIds: readonly string[];
  readonly wanted: () => boolean;
}

/** What was done, and how often each status came back; `broken` is a connection that we cut ourselves. */
export type Outcomes = Map<string, number>;

/** Does harm in turn, each kind again and again, until it is no longer wanted. */
export async function injectFaults(options: FaultOptions): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  const kinds = { killDecoder, abortUpload, readSlowly, leaveCaption, bomb, search };
  for (let turn = 0; options.wanted(); turn++) {
    for (const [kind, work] of Object.entries(kinds)) {
      const outcome = `${kind} ${await work(options, turn)}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    await pause(100);
  }
  return outcomes;
}

type Outcome = number | 'broken';

/** Uploads a clip whose decoders are killed while they look at it. */
async function killDecoder({ url, watch, clips }: FaultOptions, turn: number): Promise<Outcome> {
  const before = new Set(await watch.children());
  let isOpen = true;
  const upload = send(`${url}/v1/videos`, { method: 'POST', body: await form(clips, turn) }).finally(() => {
    isOpen = false;
  });
  while (isOpen) {
    for (const pid of await watch.children()) if (!before.has(pid)) end(Number(pid));
    await pause(5);
  }
  const reply = await upload;
  if (reply === 'broken') return reply;
  const found: unknown = await reply.json();
  // one that was faster than we are is taken back
  if (reply.status === 201) await fetch(`${url}${reply.headers.get('location')}`, { method: 'DELETE' });
  return typeof found === 'object' ? reply.status : 'broken';
}

/** Cuts the connection in the middle of an upload. */
async function abortUpload({ url, clips }: FaultOptions, turn: number): Promise<Outcome> {
  const stop = new AbortController();
  const whole = new Response(await form(clips, turn));
  const bytes = Buffer.from(await whole.arrayBuffer());
  const parts = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // fetch reads on after it was aborted
      if (stop.signal.aborted) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(0, bytes.length / 2)));
      await pause(50);
      stop.abort();
    },
  });
  const headers = { 'content-type': whole.headers.get('content-type') ?? '' };
  const init = { method: 'POST', headers, body: parts, signal: stop.signal, duplex: 'half' as const };
  return statusOf(await send(`${url}/v1/videos`, init));
}

/** Asks for a whole clip, reads none of it for a while, and goes. */
async function readSlowly({ url, videoIds }: FaultOptions, turn: number): Promise<Outcome> {
  const stop = new AbortController();
  const file = `${url}/v1/videos/${videoIds[turn % videoIds.length]}/file`;
  const reply = await send(file, { signal: stop.signal });
  await pause(200);
  stop.abort();
  return reply === 'broken' ? reply : reply.status;
}

/** Leaves a streamed caption in the middle. */
async function leaveCaption({ url, videoIds }: FaultOptions, turn: number): Promise<Outcome> {
  const request = { videoId: videoIds[turn % videoIds.length], stream: true };
  const signal = AbortSignal.timeout(30);
  return statusOf(await send(`${url}/v1/captions`, json(request, signal)));
}

/** One schema that nobody can compile in time. */
async function bomb({ url }: FaultOptions, turn: number): Promise<Outcome> {
  const bombs = schemaBombs();
  const schema = bombs[turn % bombs.length];
  const request = {
    model: 'demo',
    messages: [{ role: 'user', content: 'What?' }],
    response_format: { type: 'json_schema', json_schema: { name: 'bomb', schema } },
  };
  return statusOf(await send(`${url}/v1/chat/completions`, json(request)));
}

/** No harm: what everybody does. */
async function search({ url }: FaultOptions): Promise<Outcome> {
  return statusOf(await send(`${url}/v1/search`, json({ query: 'a red ball moves left' })));
}

async function form(clips: readonly string[], turn: number): Promise<FormData> {
  const body = new FormData();
  const path = clips[turn % clips.length];
  if (path === undefined) throw new RangeError('there are no clips');
  body.append('file', new Blob([await readFile(path), `free ${randomUUID()}`]), 'clip.mp4');
  return body;
}

function json(request: object, signal?: AbortSignal): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return {
    method: 'POST',
    headers,
    body: JSON.stringify(request),
    ...(signal !== undefined && { signal }),
  };
}

async function send(url: string, init: RequestInit): Promise<Response | 'broken'> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) return 'broken';
    throw error;
  }
}

async function statusOf(reply: Response | 'broken'): Promise<Outcome> {
  if (reply === 'broken') return reply;
  // the rest of a stream that we left is lost
  await reply.arrayBuffer().catch(() => undefined);
  return reply.status;
}

/** Kills a process that may have ended by itself. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

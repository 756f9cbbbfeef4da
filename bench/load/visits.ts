import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import { renderShots } from '#models/world/render.ts';
import { captionReply, errorBody, videoResource } from '#contract/rest.ts';
import { writeMp4 } from '#cli/write-mp4.ts';
import type { Tally } from './chatter.ts';

/** Clips of the demo world in a folder of their own. */
export async function tempClips(count: number): Promise<{ paths: string[]; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-load-'));
  const paths: string[] = [];
  for (let number = 0; number < count; number++) {
    const path = join(folder, `${number}.mp4`);
    const scene = drawClip(splitRandom('test', number));
    const shots = Array.from({ length: 48 }, (_, index) => ({ scene, time: (index + 0.5) / 48 }));
    await writeMp4(await renderShots(shots, 240), { width: 240, height: 240, fps: 24, path });
    paths.push(path);
  }
  return { paths, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Uploads a clip, as another one where `extra` bytes follow it. Returns its id. */
export async function uploadClip(url: string, path: string, extra = ''): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([await readFile(path), extra]), 'clip.mp4');
  const reply = await fetch(`${url}/v1/videos`, { method: 'POST', body });
  if (reply.status !== 201) throw new Error(`an upload was refused: ${await reply.text()}`);
  return videoResource.parse(await reply.json()).id;
}

export interface VisitOptions {
  readonly url: string;
  readonly clips: readonly string[];
  readonly videoIds: readonly string[];
  readonly tally: Tally;
  readonly wanted: () => boolean;
}

/** Programs beside the people: a new clip that is captioned and removed, and one that leaves in the middle. */
export async function visitAlongside({ url, clips, videoIds, tally, wanted }: VisitOptions): Promise<void> {
  for (let visit = 0; wanted(); visit++) {
    const clip = clips[visit % clips.length];
    const known = videoIds[visit % videoIds.length];
    if (clip === undefined || known === undefined) return;
    const id = await uploadClip(url, clip, `free ${randomUUID()}`);
    tally.uploaded++;
    await caption(url, id, tally);
    await leaveEarly(url, id);
    await fetch(`${url}/v1/videos/${id}`, { method: 'DELETE' });
    await caption(url, known, tally);
    await pause(100);
  }
}

async function caption(url: string, videoId: string, tally: Tally): Promise<void> {
  const reply = await post(url, { videoId });
  const body: unknown = await reply.json();
  if (reply.status === 503) return tally.refuse(errorBody.parse(body).error.code);
  if (captionReply.parse(body).caption === '') throw new Error('an empty caption');
  tally.captioned++;
}

/** The connection is gone while the clip is looked at in a way nobody has yet. */
async function leaveEarly(url: string, videoId: string): Promise<void> {
  const leaving = AbortSignal.timeout(30);
  await post(url, { videoId, frames: 5, stream: true }, leaving)
    .then((reply) => reply.text())
    .catch((error: unknown) => {
      if (!leaving.aborted) throw error;
    });
}

function post(url: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/captions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
}

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkQueue } from '#core/work-queue.ts';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import { probe } from '#engine/media/probe.ts';
import { confinements } from '#engine/media/sandbox/launch.ts';
import { forget, isolationOf } from '#engine/media/sandbox/sandbox.ts';
import { countedClip, temporaryFolder } from './counted-clips.ts';

const folder = await temporaryFolder();
const file = (name: string): string => join(folder, name);
const clip = await countedClip(file('clip.mp4'), 10, 10);
const ffmpeg = await findFfmpeg();
const { FFMPEG_BIN, PATH, ALLOW_UNSANDBOXED } = process.env;

/** A program in the place of ffmpeg, which states its version and then does as told. */
async function fakeFfmpeg(name: string, ...lines: string[]): Promise<string> {
  const script = ['#!/bin/sh', `[ "$1" = -version ] && exec ${ffmpeg} -version`, ...lines, ''].join('\n');
  await writeFile(file(name), script, { mode: 0o755 });
  process.env['FFMPEG_BIN'] = file(name);
  return file(name);
}

afterEach(() => {
  for (const [name, value] of Object.entries({ FFMPEG_BIN, PATH, ALLOW_UNSANDBOXED })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('a broken ffmpeg', () => {
  test('that vanishes is not blamed on the clip, and is found again when it comes back', async () => {
    const path = await fakeFfmpeg('vanishing', `exec ${ffmpeg} "$@"`);
    assert.equal((await probe(clip)).duration, 1);
    await rename(path, `${path}.gone`);
    await assert.rejects(probe(clip), { code: 'ffmpeg_missing' });
    await rename(`${path}.gone`, path);
    assert.equal((await probe(clip)).duration, 1);
  });

  test('that prints one endless line is ended', async () => {
    await fakeFfmpeg(
      'endless',
      'while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
    );
    await assert.rejects(probe(clip), { code: 'bad_video' });
  });

  test('that leaves a program with its pipes behind ends all the same', async () => {
    await fakeFfmpeg('forking', '(sleep 600) &', 'exit 1');
    await assert.rejects(probe(clip), { code: 'no_video_frames' });
  });

  test('that crashes is the fault of the clip', async () => {
    await fakeFfmpeg('crashing', 'exit 139');
    await assert.rejects(probe(clip), { code: 'bad_video', message: /crash/ });
  });

  test('a clip that goes while it is read is said to be gone', async () => {
    await assert.rejects(probe(file('none.mp4')), { code: 'not_found' });
  });
});

test('a clip that was too slow is refused at once the next time', async () => {
  const queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
  const frames = new FrameStore({ queue, maxSeconds: 60 });
  const { signal } = new AbortController();
  // a decoder that ends as one does that has used up its processor time
  await fakeFfmpeg('slow', 'exit 152');
  const source = { path: clip, sha256: 'a' };
  const bubblewrap = (await isolationOf(file('slow'))).level === 'bubblewrap';
  if (!bubblewrap) return;
  await assert.rejects(frames.probe(source, { signal }), { code: 'too_slow' });
  process.env['FFMPEG_BIN'] = ffmpeg;
  await assert.rejects(frames.probe(source, { signal }), { code: 'too_slow' });
  assert.equal((await frames.probe({ ...source, sha256: 'b' }, { signal })).facts?.duration, 1);
});

test('the length of a clip that was cut short, or that declares none, is that of its pictures', async () => {
  const whole = await countedClip(file('whole.mp4'), 100, 10);
  const bytes = await readFile(whole);
  await writeFile(file('cut.mp4'), bytes.subarray(0, Math.floor(bytes.length * 0.7)));
  const cut = await probe(file('cut.mp4'));
  assert.ok(cut.duration > 1 && cut.duration < 9.5, `${cut.duration}`);
  const silent = Buffer.from(bytes);
  silent.writeUInt32BE(0, silent.indexOf('mvhd') + 20);
  await writeFile(file('zero.mp4'), silent);
  assert.equal((await probe(file('zero.mp4'))).duration, 10);
});

describe('without a sandbox', () => {
  /** PATH with these programs alone. */
  async function onlyWith(...names: string[]): Promise<void> {
    const path = file(`bin-${names.join('-')}`);
    await mkdir(path);
    for (const name of ['sh', ...names]) await symlink(`/usr/bin/${name}`, join(path, name));
    process.env['PATH'] = path;
  }

  test('no clip is read, unless that is allowed', async () => {
    await fakeFfmpeg('bare', `exec ${ffmpeg} "$@"`);
    await onlyWith();
    delete process.env['ALLOW_UNSANDBOXED'];
    await assert.rejects(probe(clip), { code: 'unsupported', message: /bubblewrap.*ALLOW_UNSANDBOXED/s });
    process.env['ALLOW_UNSANDBOXED'] = '1';
    assert.equal((await probe(clip)).duration, 1);
    assert.equal((await isolationOf(file('bare'))).level, 'none');
  });

  test('namespaces and limits are put up where bubblewrap is missing', async (t) => {
    const program = await fakeFfmpeg('spare', `exec ${ffmpeg} "$@"`);
    await onlyWith('unshare', 'setpriv', 'prlimit', 'mount', 'mkdir', 'ldd');
    process.env['ALLOW_UNSANDBOXED'] = '1';
    const { level, failures } = await isolationOf(program);
    if (level !== 'namespaces') return t.skip(`this machine gives ${level}: ${failures.join('; ')}`);
    assert.match(failures.join(), /bubblewrap: prlimit: .*bwrap/);
    assert.equal((await probe(clip)).duration, 1);
    process.env['FFMPEG_BIN'] = ffmpeg;
    forget(ffmpeg);
    assert.equal((await probe(clip)).duration, 1);
    assert.equal((await isolationOf(ffmpeg)).level, 'namespaces');
    await fakeFfmpeg('stuck', 'exec /usr/bin/sleep 600');
    const reading = probe(clip);
    await Promise.race([killBelow(process.pid, 'sleep'), reading]).catch(() => undefined);
    await assert.rejects(reading, { code: 'too_slow' });
    return undefined;
  });

  test('the strongest comes first', () => {
    const order = ['bubblewrap', 'namespaces', 'limits', 'none'];
    const ranks = confinements.map(({ level }) => order.indexOf(level));
    assert.deepEqual(ranks, [...ranks].sort());
  });
});

/** Kills the first program of that name that runs below a process, as soon as there is one. */
async function killBelow(pid: number, name: string): Promise<void> {
  for (;;) {
    const found = await programBelow(pid, name);
    if (found !== undefined) return void process.kill(found, 'SIGKILL');
    await pause(2, undefined, { ref: false });
  }
}

async function programBelow(pid: number, name: string): Promise<number | undefined> {
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter((one) => one !== '')) {
      const comm = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
      const found = comm.trim() === name ? Number(child) : await programBelow(Number(child), name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

import { findFfmpeg } from './find-ffmpeg.ts';
import type { SandboxLevel } from './sandbox/launch.ts';
import { once } from 'node:events';
import { AppError } from '#errors';
import { confine, forget, isolationOf, killGroup, start } from './sandbox/sandbox.ts';

/** The program that decodes clips, and how far it is isolated from the server. */
export interface Decoder {
  /** Absolute path. */
  readonly ffmpeg: string;
  readonly sandbox: SandboxLevel;
  /** Why it is not isolated better: what each stronger sandbox said. */
  readonly failures: readonly string[];
}

/**
 * Checks that clips can be decoded now: at start, for readiness and for reports. Throws `ffmpeg_missing`, and `unsupported`
 * where there is no sandbox and ALLOW_UNSANDBOXED is not 1.
 */
export async function findDecoder(): Promise<Decoder> {
  const ffmpeg = await findFfmpeg();
  const { level, failures } = await isolationOf(ffmpeg);
  return { ffmpeg, sandbox: level, failures };
}

const trial = { clip: '/dev/null', limits: { cpuSeconds: 60, memory: 3 * 2 ** 30 } };
/** Anybody may ask whether the server is ready; the decoder is started for that so often at most. */
const freshMs = 5000;
const trialMs = 20_000;

let last: { readonly at: number; readonly result: Promise<void> } | undefined;

/** Starts the decoder in its sandbox, at most every five seconds. Throws as `findDecoder`. */
export function checkDecoder(): Promise<void> {
  if (last === undefined || performance.now() - last.at > freshMs) {
    last = { at: performance.now(), result: runOnce() };
  }
  return last.result;
}

async function runOnce(): Promise<void> {
  const { ffmpeg } = await findDecoder();
  const child = start(await confine({ program: ffmpeg, ...trial }, () => ['-version']));
  child.stdout?.resume();
  child.stderr?.resume();
  const clock = setTimeout(() => killGroup(child), trialMs);
  try {
    const [code] = await once(child, 'exit');
    if (code === 0) return;
  } finally {
    clearTimeout(clock);
    killGroup(child);
  }
  forget(ffmpeg);
  throw new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.');
}

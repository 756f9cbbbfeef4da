import { findFfmpeg } from './find-ffmpeg.ts';
import type { SandboxLevel } from './sandbox/launch.ts';
import { sandboxLevel } from './sandbox/sandbox.ts';

/** The program that decodes clips, and how far it is isolated from the server. */
export interface Decoder {
  /** Absolute path. */
  readonly ffmpeg: string;
  readonly sandbox: SandboxLevel;
}

/**
 * Checks that clips can be decoded now: at start, for readiness and for reports. Throws `ffmpeg_missing`, and `unsupported`
 * where there is no sandbox and ALLOW_UNSANDBOXED is not 1.
 */
export async function findDecoder(): Promise<Decoder> {
  const ffmpeg = await findFfmpeg();
  return { ffmpeg, sandbox: await sandboxLevel(ffmpeg) };
}

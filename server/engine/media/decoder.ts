import { findFfmpeg } from './find-ffmpeg.ts';
import type { SandboxLevel } from './sandbox/launch.ts';
import { isolationOf } from './sandbox/sandbox.ts';

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

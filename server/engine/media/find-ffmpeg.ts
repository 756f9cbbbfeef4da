import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import ffmpegStatic from 'ffmpeg-static';
import { AppError } from '#errors';
import { isExecutable, programPath } from '#core/program-path.ts';

const run = promisify(execFile);

/** `-fps_mode` came with 5.1; without it raw frames are duplicated to a constant rate and their times are lost. */
const oldest: readonly [major: number, minor: number] = [5, 1];

const found = new Map<string | undefined, Promise<string>>();

/**
 * Absolute path of the ffmpeg to run: FFMPEG_BIN if set (then nothing else is tried), else the file of ffmpeg-static, else
 * the first on the PATH. Searched again only when it is gone. Throws `ffmpeg_missing`, naming the remedy.
 */
export async function findFfmpeg({ FFMPEG_BIN: configured } = process.env): Promise<string> {
  const known = await found.get(configured);
  if (known !== undefined && (await isExecutable(known))) return known;
  const search = firstThatRuns(configured);
  found.set(configured, search);
  // A failed search is not remembered: ffmpeg may be installed while the server runs.
  search.catch(() => found.delete(configured));
  return search;
}

async function firstThatRuns(configured: string | undefined): Promise<string> {
  const candidates = configured ? [configured] : [ffmpegStatic, 'ffmpeg'];
  const rejected: string[] = [];
  for (const candidate of candidates) {
    if (candidate === null) continue;
    const path = await programPath(candidate);
    const version = path && (await versionOf(path));
    if (path !== undefined && version !== undefined && isRecent(version)) return path;
    if (version !== undefined) rejected.push(`found version ${version}`);
  }
  const reason = configured ? 'FFMPEG_BIN does not name a usable ffmpeg' : 'No usable ffmpeg was found';
  const detail = rejected.length > 0 ? ` (${rejected.join(', ')})` : '';
  throw new AppError(
    'ffmpeg_missing',
    `${reason}${detail}: run \`npm run setup\`, or set FFMPEG_BIN to ffmpeg ${oldest.join('.')} or newer.`,
  );
}

/** The version ffmpeg states, or undefined where there is no such program. */
async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(binary, ['-version'], { timeout: 20_000, maxBuffer: 1 << 20 });
    return /^ffmpeg version (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** Builds from git (`N-109468-g...`) have no number and are taken as new. */
function isRecent(version: string): boolean {
  const number = /^n?(\d+)\.(\d+)/.exec(version);
  if (number === null) return true;
  const [major, minor] = [Number(number[1]), Number(number[2])];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

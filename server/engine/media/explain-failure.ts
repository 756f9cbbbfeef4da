import { AppError, type ErrorCode } from '#errors';
import { usualExtensions } from '#core/media-formats.ts';

const notAVideo = `This is not a video this server can read (${usualExtensions}).`;

/** Messages of ffmpeg, with the error code and the message for the user; the first that matches counts. */
const meanings: readonly (readonly [pattern: RegExp, code: ErrorCode, message: string])[] = [
  [
    /exceeds specified max pixel count|Picture size \d+x\d+ is invalid/,
    'video_too_big',
    'The picture is too big: at most 7680 x 4320 pixels.',
  ],
  [
    /Number of streams exceeds max_streams/,
    'video_too_big',
    'The file has too many tracks: at most 64 of pictures, sound and subtitles.',
  ],
  [/Cannot allocate memory/, 'video_too_big', 'The video needs too much memory to decode.'],
  [
    /Format not on whitelist|Protocol '.*' not on whitelist/,
    'unsupported_media',
    `${notAVideo} Sound alone, playlists and lists of other files are not read.`,
  ],
  [
    // Any bytes at all can pass for the weakest trace of an mp4.
    /detected only with low score/,
    'unsupported_media',
    notAVideo,
  ],
  [
    /moov atom not found/,
    'bad_video',
    'The video is incomplete: its index is missing, was the upload cut short?',
  ],
  [/matches no streams/, 'no_video_frames', 'The file has no pictures in it, only sound or data.'],
  [
    /Codec \(.*\) not on whitelist|Decoder .* not found|Decoding requested, but no decoder found/,
    'unsupported_media',
    'The pictures are in a codec this server does not read.',
  ],
  [/Error opening input|Invalid data found when processing input/, 'unsupported_media', notAVideo],
];

/** The reason an ffmpeg run gave no frame, from its log. */
export function explainFailure(log: string): AppError {
  const cause = new Error(`ffmpeg: ${log.slice(0, 4096)}`);
  for (const [pattern, code, message] of meanings) {
    if (pattern.test(log)) return new AppError(code, message, { cause });
  }
  return new AppError('no_video_frames', 'The video has no frame that can be decoded.', { cause });
}

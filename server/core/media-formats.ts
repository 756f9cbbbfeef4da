/** A kind of file that clips come in. */
export interface MediaFormat {
  /** ffmpeg's names for what reads it, the first one as it reports it. Only containers that cannot name another file. */
  readonly demuxers: readonly [string, ...string[]];
  /** Ends of file names, without the dot; the first is the usual one. */
  readonly extensions: readonly [string, ...string[]];
  /** Its media type: stored clips are served as this one, never as what their sender called them. */
  readonly mime: `${'video' | 'image'}/${string}`;
  /** Whether current browsers show it, in a video or a picture element. */
  readonly playsInBrowsers: boolean;
  /** Whether it holds more than one picture. */
  readonly moves: boolean;
}

/**
 * The one list of formats. What ffmpeg may read, what browsers are told, what the page offers, what data sets are searched
 * for and what error messages name all come from it.
 */
export const mediaFormats: readonly MediaFormat[] = [
  {
    demuxers: ['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2'],
    extensions: ['mp4', 'mov', 'm4v', '3gp'],
    mime: 'video/mp4',
    playsInBrowsers: true,
    moves: true,
  },
  {
    demuxers: ['matroska', 'webm'],
    extensions: ['webm', 'mkv'],
    mime: 'video/webm',
    playsInBrowsers: true,
    moves: true,
  },
  { demuxers: ['gif'], extensions: ['gif'], mime: 'image/gif', playsInBrowsers: true, moves: true },
  { demuxers: ['avi'], extensions: ['avi'], mime: 'video/x-msvideo', playsInBrowsers: false, moves: true },
  {
    demuxers: ['mpegts'],
    extensions: ['ts', 'mts', 'm2ts'],
    mime: 'video/mp2t',
    playsInBrowsers: false,
    moves: true,
  },
  {
    demuxers: ['mpeg'],
    extensions: ['mpg', 'mpeg', 'vob'],
    mime: 'video/mpeg',
    playsInBrowsers: false,
    moves: true,
  },
  { demuxers: ['flv'], extensions: ['flv'], mime: 'video/x-flv', playsInBrowsers: false, moves: true },
  {
    demuxers: ['asf'],
    extensions: ['wmv', 'asf'],
    mime: 'video/x-ms-wmv',
    playsInBrowsers: false,
    moves: true,
  },
  { demuxers: ['ogg'], extensions: ['ogv'], mime: 'video/ogg', playsInBrowsers: false, moves: true },
  { demuxers: ['apng'], extensions: ['apng'], mime: 'image/apng', playsInBrowsers: true, moves: true },
  { demuxers: ['png_pipe'], extensions: ['png'], mime: 'image/png', playsInBrowsers: true, moves: false },
  {
    demuxers: ['jpeg_pipe'],
    extensions: ['jpg', 'jpeg'],
    mime: 'image/jpeg',
    playsInBrowsers: true,
    moves: false,
  },
  { demuxers: ['webp_pipe'], extensions: ['webp'], mime: 'image/webp', playsInBrowsers: true, moves: false },
];

/** ffmpeg's white list of demuxers. */
export const demuxers = mediaFormats.flatMap((format) => format.demuxers).join();

const movingFormats = mediaFormats.filter(({ moves }) => moves);

/** Ends of clips' file names, without the dot; those of single pictures are not among them. */
export const clipExtensions: readonly string[] = movingFormats.flatMap(({ extensions }) => extensions);

/** The usual ends of clips' file names, as one line. */
export const usualExtensions = movingFormats.map(({ extensions: [usual] }) => usual).join(', ');

/** The media type to serve a clip as, by the names that ffmpeg gave its container; bytes where the format is not listed any more. */
export function mimeOf(format: string): string {
  const [name] = format.split(',');
  return mediaFormats.find(({ demuxers: [first] }) => first === name)?.mime ?? 'application/octet-stream';
}

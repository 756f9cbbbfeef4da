import { Readable } from 'node:stream';
import { AppError } from '#errors';
import { tooLarge } from '#core/too-large.ts';

/** Far more than a media type and its parameters need. */
const maxHeaderLength = 1024;
/** Characters decoded at a time: the text can be hundreds of megabytes and should not be there twice. */
const pieceLength = 64 * 1024;

/**
 * The bytes in a `data:` URL (RFC 2397), base64 or percent-encoded, decoded as they are read.
 * Throws `invalid_request` and `unsupported_media` by what stands before the comma; what is wrong behind it,
 * `invalid_request` or `too_large`, breaks the stream.
 */
export function openDataUrl(
  url: string,
  { maxBytes }: { maxBytes: number },
): { stream: Readable; name: string } {
  const [header, type = '', parameters = ''] =
    /^data:([^;,]*)((?:;[^;,]*)*),/i.exec(url.slice(0, maxHeaderLength)) ?? [];
  if (header === undefined) {
    throw new AppError('invalid_request', 'A data URL reads data:video/mp4;base64,... and has a comma.');
  }
  if (!/^(?:(?:video|image)\/[\w.+-]+|application\/octet-stream)$/i.test(type.trim())) {
    throw new AppError(
      'unsupported_media',
      'Data URLs may hold video/*, image/* or application/octet-stream.',
    );
  }
  const decode = /;\s*base64\s*$/i.test(parameters) ? fromBase64 : fromPercentText;
  const bytes = bounded(decode(pieces(url, header.length)), maxBytes);
  return { stream: Readable.from(bytes, { objectMode: false }), name: 'clip' };
}

function* bounded(decoded: Iterable<Buffer>, maxBytes: number): Iterable<Buffer> {
  let bytes = 0;
  for (const piece of decoded) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

/** Base64 as browsers take it: white space anywhere, the padding may be missing, nothing behind it. */
function* fromBase64(encoded: Iterable<string>): Iterable<Buffer> {
  let rest = '';
  let padded = false;
  for (const piece of encoded) {
    const digits = rest + withoutEscapes(piece).replace(/[\t\n\f\r ]+/g, '');
    const whole = digits.slice(0, digits.length - (digits.length % 4));
    rest = digits.slice(whole.length);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(whole) || (padded && digits !== '')) throw broken();
    padded ||= whole.endsWith('=');
    yield Buffer.from(whole, 'base64');
  }
  if (!/^(?:[A-Za-z0-9+/]{2,3})?$/.test(rest)) throw broken();
  yield Buffer.from(rest, 'base64');
}

function* fromPercentText(encoded: Iterable<string>): Iterable<Buffer> {
  for (const piece of encoded) {
    if (/[^\x20-\x7e]/.test(piece)) throw broken();
    yield Buffer.from(withoutEscapes(piece), 'latin1');
  }
}

/** One character a byte. */
function withoutEscapes(piece: string): string {
  if (/%(?![0-9a-f]{2})/i.test(piece)) throw broken();
  return piece.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The text from `start` on, in pieces that no `%41` is cut by. */
function* pieces(text: string, start: number): Iterable<string> {
  for (let from = start; from < text.length; ) {
    const end = from + pieceLength;
    const atPercent = text.slice(end - 2, end).indexOf('%');
    const to = atPercent < 0 ? end : end - 2 + atPercent;
    yield text.slice(from, to);
    from = to;
  }
}

function broken(): AppError {
  return new AppError('invalid_request', 'The data URL is broken or cut short.');
}

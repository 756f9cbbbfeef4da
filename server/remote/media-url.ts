import { AppError } from '#errors';
import { readableName } from '#core/readable-name.ts';

const maxLength = 4096;

/** The URL of a clip on the network. Throws `invalid_request` for what is none. */
export function parseMediaUrl(text: string): URL {
  if (text.length > maxLength || !URL.canParse(text)) {
    throw new AppError(
      'invalid_request',
      'That is no URL of a clip; write it out, with https:// before the host.',
    );
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AppError('invalid_request', 'Clips are fetched over https and http only.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid_request', 'Leave user name and password out of the URL of a clip.');
  }
  return url;
}

/** The last part of the path, for people to read. */
export function nameOf({ pathname }: URL): string {
  // broken escapes are shown as they are
  const readable = pathname.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return readableName(readable);
}

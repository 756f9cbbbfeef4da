import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import { maxQuestionLength } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { ClipStore, Upload } from '#store/clip-store.ts';
import { drain } from './drain.ts';
import { readableName } from '#core/readable-name.ts';
import { tooLarge } from '#core/too-large.ts';

export interface UploadLimits {
  /** Largest file, in bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface ReceivedForm {
  readonly upload: Upload;
  /** The file's name at the sender, for people to read. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Room for the multipart framing and the small fields around the file. */
const formOverhead = 64 * 1024;
/** A question of the greatest length, in the longest UTF-8; what is too long for its own field is refused by name. */
const maxFieldBytes = 4 * maxQuestionLength;
/** A sender that is silent for this long is taken to be gone. */
const idleMs = 60_000;
const missingFile = 'Send the clip in the multipart field "file".';

/**
 * Streams a multipart form with one file, in field `file`, to disk; the caller keeps or discards the upload.
 * Throws `unsupported_media`, `invalid_request`, `too_large`, `bad_video` (empty file), `storage_full` (before or on the way), `cancelled`,
 * and then has left nothing on disk.
 */
export async function receiveForm(
  request: Request,
  store: ClipStore,
  limits: UploadLimits,
): Promise<ReceivedForm> {
  const parser = openParser(request);
  const stop = new AbortController();
  const signal = AbortSignal.any([limits.signal, stop.signal]);
  const fields: Record<string, string> = Object.create(null);
  const file: { name: string; upload: Promise<Upload> | undefined } = { name: '', upload: undefined };

  parser.on('error', (cause) =>
    stop.abort(new AppError('invalid_request', 'The multipart form is broken or cut short.', { cause })),
  );
  parser.on('field', (field, value, { nameTruncated, valueTruncated }) => {
    if (nameTruncated || valueTruncated) {
      const message = `The form field "${field}" is longer than this server takes.`;
      stop.abort(new AppError('invalid_request', message));
      return;
    }
    fields[field] = value;
  });
  parser.on('file', (field, stream: Readable, { filename }) => {
    // a form that is cut short breaks the stream, also after its reader has left; a reader gets the error from the store
    stream.on('error', () => undefined);
    if (field !== 'file') {
      stream.resume();
      stop.abort(new AppError('invalid_request', missingFile));
      return;
    }
    file.name = readableName(filename);
    file.upload = store.receive(stream, { maxBytes: limits.maxBytes, signal });
    file.upload.catch((error: unknown) => stop.abort(error));
  });
  parser.on('fieldsLimit', () =>
    stop.abort(new AppError('invalid_request', 'The form has too many fields.')),
  );
  parser.on('filesLimit', () => stop.abort(new AppError('invalid_request', 'Send one clip at a time.')));
  request.setTimeout(idleMs, () => stop.abort(new AppError('cancelled', 'The upload timed out.')));

  try {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > limits.maxBytes + formOverhead) throw tooLarge(limits.maxBytes);
    await store.requireRoom(announced);
    await feed(request, parser, signal);
    const upload = await file.upload;
    if (upload === undefined) throw new AppError('invalid_request', missingFile);
    if (upload.bytes === 0) throw new AppError('bad_video', 'The file is empty.');
    return { upload, name: file.name, fields };
  } catch (error) {
    stop.abort(error);
    request.unpipe(parser);
    parser.destroy();
    drain(request);
    const upload = await file.upload?.catch(() => undefined);
    if (upload !== undefined) await store.discard(upload);
    throw error;
  } finally {
    request.setTimeout(0);
  }
}

/** Resolves once the whole form went through the parser. Not `pipeline`: it would cut the socket we answer on. */
function feed(request: Request, parser: busboy.Busboy, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(signal.reason);
    signal.addEventListener('abort', refuse, { once: true });
    if (signal.aborted) refuse();
    parser.once('close', resolve);
    request.pipe(parser);
  });
}

function openParser(request: Request): busboy.Busboy {
  if (request.is('multipart/form-data') === false) {
    throw new AppError('unsupported_media', 'Send the clip as multipart/form-data, in the field "file".');
  }
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields: 16, fieldSize: maxFieldBytes, fieldNameSize: 64, headerPairs: 32 },
    });
  } catch (cause) {
    throw new AppError('invalid_request', 'The multipart form has no boundary.', { cause });
  }
}

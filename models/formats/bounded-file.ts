import { constants } from 'node:buffer';
import { constants as fsConstants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FormatError, type FormatErrorCode } from './format-error.ts';

/** Bytes asked of the system at once: Linux moves no more than 2 GiB a call. */
const maxReadSize = 2 ** 30;
/** As many as show what `standsFor` looks for. */
const startBytes = 64;

/** A file that is read only inside its bounds, piece by piece; never mapped, never whole. */
export class BoundedFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** Throws `FormatError` unless `path` is a plain file that can be read. */
  static async open(path: string): Promise<BoundedFile> {
    // O_NONBLOCK: opening a named pipe must fail below rather than wait for a writer.
    const handle = await open(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK).catch((cause: unknown) => {
      throw new FormatError('unreadable', path, `cannot be opened (${reason(cause)})`, { cause });
    });
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new FormatError('unreadable', path, 'is not a file');
      const file = new BoundedFile(path, stats.size, handle);
      const instead = standsFor(await file.read(0, Math.min(startBytes, file.size)));
      if (instead !== undefined) throw file.error('unsupported', instead);
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Exactly `length` bytes from `offset`. Throws `FormatError` when they are not all there. */
  async read(offset: number, length: number): Promise<Buffer<ArrayBuffer>> {
    if (!isCount(offset) || !isCount(length) || offset + length > this.size) {
      throw this.error('truncated', `wants bytes ${offset} to ${offset + length} of a file of ${this.size}`);
    }
    if (length > constants.MAX_LENGTH) {
      throw this.error('too_large', `${length} bytes in one piece are more than this machine reads`);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const wanted = Math.min(length - filled, maxReadSize);
      const { bytesRead } = await this.#handle.read(bytes, filled, wanted, offset + filled);
      if (bytesRead === 0) throw this.error('truncated', 'became shorter while it was read');
      filled += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** An error about this file. */
  error(code: FormatErrorCode, problem: string, options?: ErrorOptions): FormatError {
    return new FormatError(code, this.path, problem, options);
  }
}

/** What people get in place of a large file, and what to do about it; undefined where it may be the file. */
function standsFor(start: Buffer): string | undefined {
  const text = start.toString('latin1');
  if (text.startsWith('version https://git-lfs'))
    return 'is a pointer of Git LFS, not the file it stands for; fetch that with git lfs pull';
  if (/^\s*<(!doctype|html)/i.test(text))
    return 'is a web page, not a file of weights; download the file itself';
  return undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function reason(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
}

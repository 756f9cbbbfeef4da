import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { BoundedFile } from './bounded-file.ts';

/** A checkpoint has one entry a tensor; the largest public ones have some thousands. */
const maxEntries = 100_000;

/** A zip archive of stored (not compressed) entries, each read whole and checked against its CRC-32. */
export class StoredZip {
  readonly file: BoundedFile;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: BoundedFile, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.file = file;
    this.#zip = zip;
    this.#entries = entries;
  }

  /** Reads the list of entries. Throws `FormatError` for what is not such an archive. */
  static async open(path: string): Promise<StoredZip> {
    const file = await BoundedFile.open(path);
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(broken(file));
      return new StoredZip(file, zip, await listEntries(file, zip));
    } catch (error) {
      zip?.close();
      await file.close();
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Bytes of an entry; undefined when there is none of that name. */
  size(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /** Where an entry's own header starts, and how many bytes the entry has; the header is in front of them. */
  extent(name: string): { readonly start: number; readonly length: number } | undefined {
    const entry = this.#entries.get(name);
    return entry && { start: entry.relativeOffsetOfLocalHeader, length: entry.compressedSize };
  }

  /** The whole entry. Throws `FormatError` when it is not there, is compressed or was damaged. */
  async read(name: string): Promise<Buffer<ArrayBuffer>> {
    const entry = this.#entries.get(name);
    const quoted = JSON.stringify(name);
    if (entry === undefined) throw this.file.error('malformed', `lacks its part ${quoted}`);
    if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
      throw this.file.error('unsupported', `${quoted} is compressed or encrypted`);
    }
    const header = this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const { fileDataStart } = await header.catch(broken(this.file));
    const bytes = await this.file.read(fileDataStart, entry.uncompressedSize);
    if (crc32(bytes) !== entry.crc32) throw this.file.error('malformed', `${quoted} is damaged (CRC-32)`);
    return bytes;
  }

  async close(): Promise<void> {
    this.#zip.close();
    await this.file.close();
  }
}

async function listEntries(file: BoundedFile, zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxEntries) {
    throw file.error('too_large', `has ${zip.entryCount} parts; at most ${maxEntries} are read`);
  }
  const entries = new Map<string, Entry>();
  const each = zip.eachEntry();
  for (;;) {
    const { value: entry, done } = await each.next().catch(broken(file));
    if (done) return entries;
    if (entries.has(entry.fileName)) throw file.error('malformed', `has two parts of one name`);
    entries.set(entry.fileName, entry);
  }
}

function broken(file: BoundedFile): (cause: unknown) => never {
  return (cause) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw file.error('malformed', `is not a whole zip archive (${detail})`, { cause });
  };
}

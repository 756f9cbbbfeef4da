import { rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode, onDisk } from '#core/disk.ts';
import { isAbandonedPart, partPath } from '#core/part-files.ts';
import {
  isTokenFileOf,
  readTokenFile,
  type StoredTokens,
  type TokenKey,
  tokenFileName,
  writeTokenFile,
} from './token-file.ts';

export interface TokenStoreOptions {
  /** Bytes that all files may take together; the least recently used are removed first. */
  readonly maxBytes: number;
}

/**
 * Disk cache of encoded clips. What is damaged, missing or evicted is encoded again. Several processes may share a folder;
 * each counts only the files it has used there.
 */
export class TokenStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Sizes by file name, the least recently used first. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  static async open(folder: string, { maxBytes }: TokenStoreOptions): Promise<TokenStore> {
    const store = new TokenStore(resolve(folder), maxBytes);
    await onDisk(mkdir(store.#folder, { recursive: true, mode: 0o700 }));
    await onDisk(store.#scan());
    return store;
  }

  /** Undefined where there is no such file any more. A damaged file is removed. */
  async get(key: TokenKey): Promise<StoredTokens | undefined> {
    const name = tokenFileName(key);
    const bytes = await this.#read(name);
    if (bytes === undefined) return undefined;
    const found = readTokenFile(name, bytes);
    if (found === undefined) {
      await this.#remove(name);
      return undefined;
    }
    this.#count(name, bytes.length);
    // file times keep the order of use across restarts; the file may have been evicted meanwhile
    const now = new Date();
    await utimes(this.#path(name), now, now).catch(() => undefined);
    return found;
  }

  /** Ignores a clip that is larger than the whole cache. Throws `storage_full`, and leaves no file then. */
  async set(key: TokenKey, value: StoredTokens): Promise<void> {
    const name = tokenFileName(key);
    const bytes = writeTokenFile(name, value);
    if (bytes.length > this.#maxBytes) return;
    const part = partPath(this.#folder);
    try {
      // not flushed: the hash detects what a power cut has damaged
      await onDisk(writeFile(part, bytes, { flag: 'wx', mode: 0o600 }));
      await onDisk(rename(part, this.#path(name)));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    this.#count(name, bytes.length);
    await this.#makeRoom();
  }

  /** Removes all files of a clip, by its SHA-256. Throws what the disk throws. */
  forget(sha256: string): void {
    for (const name of [...this.#sizes.keys()]) {
      if (!isTokenFileOf(name, sha256)) continue;
      this.#discount(name);
      rmSync(this.#path(name), { force: true });
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** Undefined for a missing file. One that is larger than the cache allows reads as empty. */
  async #read(name: string): Promise<Buffer | undefined> {
    try {
      await using file = await open(this.#path(name));
      const { size } = await file.stat();
      return size > this.#maxBytes ? Buffer.alloc(0) : await file.readFile();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #count(name: string, bytes: number): void {
    this.#discount(name);
    this.#sizes.set(name, bytes);
    this.#bytes += bytes;
  }

  #discount(name: string): void {
    this.#bytes -= this.#sizes.get(name) ?? 0;
    this.#sizes.delete(name);
  }

  async #remove(name: string): Promise<void> {
    this.#discount(name);
    await rm(this.#path(name), { force: true });
  }

  async #makeRoom(): Promise<void> {
    for (const name of this.#sizes.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      await this.#remove(name);
    }
  }

  async #scan(): Promise<void> {
    const names = await readdir(this.#folder);
    const stale = names.filter(isAbandonedPart);
    await Promise.all(stale.map((name) => rm(this.#path(name), { force: true })));
    const files = names.filter((name) => /^[0-9a-f]{64}\.bin$/.test(name));
    const ages = await Promise.all(files.map((name) => this.#age(name)));
    for (const { name, size } of ages.flat().sort((a, b) => a.used - b.used)) this.#count(name, size);
    await this.#makeRoom();
  }

  /** Empty for a file that another process has just evicted. */
  async #age(name: string): Promise<{ name: string; size: number; used: number }[]> {
    try {
      const { size, mtimeMs } = await stat(this.#path(name));
      return [{ name, size, used: mtimeMs }];
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

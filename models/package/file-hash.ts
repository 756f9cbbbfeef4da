import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '#models/formats/replace-file.ts';

/** Lower-case hexadecimal SHA-256 of a file, read as a stream. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal }))
    hash.update(chunk);
  return hash.digest('hex');
}

const cacheFile = z.record(
  z.string(),
  z.object({ bytes: z.number(), mtimeMs: z.number(), sha256: z.string() }),
);

/** Hashes of one package's files, valid while size and modification time stay the same: a 4 GB model takes 10 s to hash. */
export class HashCache {
  readonly #path: string;
  readonly #hashes: Map<string, { bytes: number; mtimeMs: number; sha256: string }>;
  #changed = false;

  private constructor(path: string, hashes: z.infer<typeof cacheFile>) {
    this.#path = path;
    this.#hashes = new Map(Object.entries(hashes));
  }

  /** `folder` is the cache's own; `packageFolder` is only a key. A cache that cannot be read is an empty one. */
  static async open(folder: string, packageFolder: string): Promise<HashCache> {
    const key = createHash('sha256').update(packageFolder).digest('hex').slice(0, 16);
    const path = join(folder, `package-hashes-${key}.json`);
    try {
      const stored: unknown = JSON.parse(await readFile(path, 'utf8'));
      return new HashCache(path, cacheFile.parse(stored));
    } catch {
      return new HashCache(path, {});
    }
  }

  find(file: string, stats: Stats): string | undefined {
    const hit = this.#hashes.get(file);
    return hit?.bytes === stats.size && hit.mtimeMs === stats.mtimeMs ? hit.sha256 : undefined;
  }

  remember(file: string, stats: Stats, sha256: string): void {
    this.#hashes.set(file, { bytes: stats.size, mtimeMs: stats.mtimeMs, sha256 });
    this.#changed = true;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    await mkdir(join(this.#path, '..'), { recursive: true });
    await replaceFile(this.#path, (file) => file.writeFile(JSON.stringify(Object.fromEntries(this.#hashes))));
  }
}

import { join } from 'node:path';
import { loadPackage } from '#models/package/load.ts';
import { type Embeddings, videoDirection } from '#engine/retrieval/embeddings.ts';
import { samplerName } from '#engine/media/sample.ts';
import { Database } from '#store/database.ts';
import { EmbeddingStore } from '#store/embedding-store.ts';

/** Clips of one transaction. */
const clipsAtOnce = 1000;

export const databaseName = 'stan-llava.db';

export function idOf(clip: number): string {
  return clip.toString(16).padStart(32, '0');
}

/** A server's database in `dataDir` that knows these clips by the package in `folder`, as if they had been uploaded. */
export async function writeLibrary(
  dataDir: string,
  folder: string,
  clips: readonly Embeddings[],
): Promise<void> {
  const database = Database.open(join(dataDir, databaseName));
  const { hash: packageHash } = await loadPackage(folder);
  const store = new EmbeddingStore(database, { packageHash, sampler: samplerName });
  const insert = `INSERT INTO videos (id, sha256, name, bytes, duration, width, height, format, created_at)
    VALUES (?, ?, ?, 1, 2, 240, 240, 'mov', ?)`;
  const own = "INSERT INTO clip_owners (video_id, owner, name, created_at) VALUES (?, 'operator', ?, ?)";
  try {
    for (let start = 0; start < clips.length; start += clipsAtOnce) {
      database.transaction(() => {
        for (const [index, frames] of clips.slice(start, start + clipsAtOnce).entries()) {
          const [clip, id] = [start + index, idOf(start + index)];
          database.run(insert, id, id.repeat(2), `${clip}.mp4`, clip + 1);
          database.run(own, id, `${clip}.mp4`, clip + 1);
          const times = Array.from({ length: frames.count }, (_, frame) => frame / 6);
          store.keep(id, videoDirection(frames), { frames, times });
        }
      });
    }
  } finally {
    database.close();
  }
}

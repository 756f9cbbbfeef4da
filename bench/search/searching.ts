import { operator } from '#store/viewer.ts';
import { join } from 'node:path';
import { z } from 'zod';
import { loadPackage } from '#models/package/load.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import { loadRetrieval } from '#engine/retrieval/load-retrieval.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { ClipSearch } from '#search/clip-search.ts';
import { ClipStore } from '#store/clip-store.ts';
import { Database } from '#store/database.ts';
import { databaseName } from './write-library.ts';

/** Searches a library in a process of its own, as a server does, so that its memory and its start can be told. */

const job = z.object({
  dataDir: z.string(),
  package: z.string(),
  queries: z.array(z.string()),
  k: z.int(),
  candidates: z.array(z.int()),
});
export type SearchJob = z.infer<typeof job>;

export const searchResult = z.object({
  /** Until the first search can be asked. */
  startMs: z.number(),
  /** Resident, after the start, and before it without the library. */
  memoryMb: z.number(),
  emptyMb: z.number(),
  runs: z.array(
    z.object({
      candidates: z.int(),
      /** What each query found, and how long it took. */
      found: z.array(z.array(z.string())),
      milliseconds: z.array(z.number()),
    }),
  ),
});
export type SearchResult = z.infer<typeof searchResult>;

const { signal } = new AbortController();

async function run({ dataDir, package: folder, queries, k, candidates }: SearchJob): Promise<SearchResult> {
  const modelPackage = await loadPackage(folder);
  const database = Database.open(join(dataDir, databaseName));
  const clips = await ClipStore.open(database, join(dataDir, 'clips'));
  const queue = (): WorkQueue => new WorkQueue({ label: 'be read', concurrency: 1, maxWaiting: 1 });
  const open = async (count: number): Promise<{ search: ClipSearch; close(): Promise<void> }> => {
    const frames = new FrameStore({ queue: queue(), maxSeconds: 60 });
    const parts = { encoding: queue(), frames, maxWaiting: 1 };
    // a new one each time: it remembers texts
    const retrieval = await loadRetrieval(modelPackage, parts);
    const search = await ClipSearch.open({ retrieval, clips, database, candidates: count });
    const close = async (): Promise<void> => {
      await search.close();
      await retrieval.dispose();
    };
    return { search, close };
  };
  const emptyMb = megabytes();
  const start = performance.now();
  const first = await open(1);
  await first.search.search({ query: 'warm up', k }, { viewer: operator, signal });
  const [startMs, memoryMb] = [performance.now() - start, megabytes()];
  await first.close();

  const runs: SearchResult['runs'] = [];
  for (const count of candidates) {
    const { search, close } = await open(count);
    const found: string[][] = [];
    const milliseconds: number[] = [];
    for (const query of queries) {
      const began = performance.now();
      const { results } = await search.search({ query, k }, { viewer: operator, signal });
      milliseconds.push(performance.now() - began);
      found.push(results.map(({ videoId }) => videoId));
    }
    runs.push({ candidates: count, found, milliseconds });
    await close();
  }
  database.close();
  return { startMs, memoryMb, emptyMb, runs };
}

function megabytes(): number {
  return process.memoryUsage().rss / 1e6;
}

if (process.argv[1] === import.meta.filename) {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  process.stdout.write(JSON.stringify(await run(job.parse(JSON.parse(text)))));
}

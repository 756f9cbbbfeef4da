import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPackage } from '#models/package/load.ts';
import { progressBar } from '#models/progress.ts';
import type { Embeddings } from '#engine/retrieval/embeddings.ts';
import { MugScorer } from '#engine/retrieval/mug-scorer.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';
import { drawWorld, libraryClip } from './library.ts';
import { type SearchJob, type SearchResult, searchResult } from './searching.ts';
import { idOf, writeLibrary } from './write-library.ts';

export interface SearchFigures {
  readonly clips: number;
  readonly queries: number;
  readonly k: number;
  readonly startMs: number;
  readonly memoryMb: number;
  readonly emptyMb: number;
  /** Milliseconds of exact Mug over all clips, for one query. */
  readonly exactMs: number;
  readonly rows: readonly {
    readonly candidates: number;
    /** Share of the k best by exact Mug over all clips that are among the k found. */
    readonly recall: number;
    /** Mean similarity of what was found, and of the k best. */
    readonly found: number;
    readonly best: number;
    readonly p50: number;
    readonly p95: number;
  }[];
}

const k = 10;
const queryCount = 50;
const candidateCounts = [10, 50, 100, 200, 500, 1000];

/** Searches a library of synthetic clips in the package's joint space, and compares with Mug on every frame of every clip. */
export async function measureSearch(folder: string, work: string, clipCount: number): Promise<SearchFigures> {
  const world = await drawWorld(folder);
  const report = progressBar('making clips');
  const clips = Array.from({ length: clipCount }, (_, clip) => {
    if (clip % 1000 === 0) report(clip, clipCount);
    return libraryClip(world, clip);
  });
  report(clipCount, clipCount);
  const dataDir = join(work, 'library');
  await mkdir(dataDir);
  await writeLibrary(dataDir, folder, clips);
  const step = Math.max(1, Math.floor(world.captions.length / queryCount));
  const queries = world.captions.filter((_, index) => index % step === 0).slice(0, queryCount);
  const exact = await exactSearch(folder, queries, clips);
  const result = await searchElsewhere({ dataDir, package: folder, queries, k, candidates: candidateCounts });
  const rows = result.runs.map(({ candidates, found, milliseconds }) => {
    const of = (pick: (query: Exact, ids: readonly string[]) => number): number =>
      mean(exact.queries.map((query, index) => pick(query, found[index] ?? [])));
    return {
      candidates,
      recall: of((query, ids) => ids.filter((id) => query.best.has(id)).length / k),
      found: of((query, ids) => mean(ids.map(query.similarity))),
      best: of((query) => mean([...query.best].map(query.similarity))),
      p50: quantile(milliseconds, 0.5),
      p95: quantile(milliseconds, 0.95),
    };
  });
  const { startMs, memoryMb, emptyMb } = result;
  const { exactMs } = exact;
  return { clips: clipCount, queries: queries.length, k, startMs, memoryMb, emptyMb, exactMs, rows };
}

/** What Mug says of one query and every clip. */
interface Exact {
  readonly best: ReadonlySet<string>;
  similarity(id: string): number;
}

async function exactSearch(
  folder: string,
  queries: readonly string[],
  clips: readonly Embeddings[],
): Promise<{ queries: Exact[]; exactMs: number }> {
  const modelPackage = await loadPackage(folder);
  const texts = await TextEncoder.load(modelPackage);
  const width = clips[0]?.width ?? 0;
  const scorer = await MugScorer.create(width);
  const report = progressBar('exact Mug');
  const found: Exact[] = [];
  const start = performance.now();
  for (const query of queries) {
    const similarities = await scorer.similarities(await texts.encode([query]), clips);
    const order = [...similarities.keys()].sort((a, b) => (similarities[b] ?? 0) - (similarities[a] ?? 0));
    found.push({
      best: new Set(order.slice(0, k).map(idOf)),
      similarity: (id) => similarities[Number.parseInt(id, 16)] ?? 0,
    });
    report(found.length, queries.length);
  }
  const exactMs = (performance.now() - start) / queries.length;
  await Promise.all([texts.dispose(), scorer.dispose()]);
  return { queries: found, exactMs };
}

async function searchElsewhere(work: SearchJob): Promise<SearchResult> {
  const script = join(import.meta.dirname, 'searching.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(work));
  const ended = once(child, 'close');
  let printed = '';
  for await (const chunk of child.stdout) printed += String(chunk);
  await ended;
  if (child.exitCode !== 0) throw new Error(`the search ended with code ${child.exitCode}`);
  return searchResult.parse(JSON.parse(printed));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

import { textTable } from '#models/text-table.ts';
import type { CancellationTimes } from './cancellation.ts';
import type { EncoderRate } from './encoder-rate.ts';
import type { PageReport } from './page.ts';
import type { PathTimes } from './path-stages.ts';
import type { SearchFigures } from './search/main.ts';
import type { Peaks, SamplingMemory } from './sampling-memory.ts';

export interface Report {
  memory?: SamplingMemory;
  path?: readonly PathTimes[];
  encode?: EncoderRate;
  cancel?: CancellationTimes;
  page?: PageReport;
  search?: SearchFigures;
  /** This process' own, at the end. */
  peakMegabytes?: number;
}

/** The report as tables for people. */
export function showReport({
  memory,
  path,
  encode,
  cancel,
  page,
  search,
  peakMegabytes = 0,
}: Report): string {
  const parts = [
    ...(memory ? [showMemory(memory)] : []),
    ...(path ? [showPath(path)] : []),
    ...(cancel ? [showCancellation(cancel)] : []),
    ...(page ? [showPage(page)] : []),
    ...(search ? [showSearch(search)] : []),
    ...(encode ? [showEncoder(encode)] : []),
    `peak memory of the whole run: ${peakMegabytes.toFixed(0)} MB\n`,
  ];
  return parts.join('\n');
}

function showMemory({ short, long, ratio }: SamplingMemory): string {
  const row = (name: string, { process, ffmpeg }: Peaks) => [
    name,
    process.toFixed(0),
    ffmpeg?.toFixed(0) ?? '-',
  ];
  return textTable([
    ['sampling, peak MB', 'this process', 'ffmpeg'],
    row('10 s', short),
    row('2 h', long),
    ['ratio', ratio.process.toFixed(2), ratio.ffmpeg?.toFixed(2) ?? '-'],
  ]);
}

function showPath(path: readonly PathTimes[]): string {
  const [first] = path;
  return textTable([
    ['path, ms', ...Object.keys(first?.stages ?? {})],
    ...path.map(({ clip, stages }) => [clip, ...Object.values(stages).map((ms) => ms.toFixed(1))]),
  ]);
}

function showCancellation({ decode, waiting, answer }: CancellationTimes): string {
  const milliseconds = [decode, waiting, answer].map((ms) => ms.toFixed(1));
  return textTable([
    ['stopped, ms', 'decoding', 'in a queue', 'answering'],
    ['until nothing of it is left', ...milliseconds],
  ]);
}

function showPage({ streaming, scrolling }: PageReport): string {
  const row = (what: string, work: { readonly longTasks: number; readonly longest: number }) => [
    what,
    String(work.longTasks),
    work.longTasks === 0 ? '-' : work.longest.toFixed(0),
  ];
  return textTable([
    ['page', 'tasks over 50 ms', 'longest, ms'],
    row(`${streaming.tokens} tokens in ${streaming.seconds.toFixed(1)} s`, streaming),
    row(
      `${scrolling.messages} messages scrolled, a picture each ${scrolling.p95.toFixed(1)} ms (p95)`,
      scrolling,
    ),
  ]);
}

function showSearch(figures: SearchFigures): string {
  const { clips, queries, k, startMs, memoryMb, emptyMb, exactMs, rows } = figures;
  const table = textTable([
    [`${clips} clips, ${queries} queries`, `recall@${k}`, 'similarity', 'of the best', 'p50 ms', 'p95 ms'],
    ...rows.map(({ candidates, recall, found, best, p50, p95 }) => [
      `${candidates} candidates`,
      ...[recall, found, best].map((share) => share.toFixed(3)),
      ...[p50, p95].map((ms) => ms.toFixed(0)),
    ]),
  ]);
  const start = `ready after ${(startMs / 1000).toFixed(1)} s with ${memoryMb.toFixed(0)} MB, ${emptyMb.toFixed(0)} MB before`;
  return `${table}${start}; exact Mug ${exactMs.toFixed(0)} ms a query\n`;
}

function showEncoder({ size, frames, gflop, encode, rate, share }: EncoderRate): string {
  return textTable([
    [`${size} encoder, ${frames} frames`, 'GFLOP/s', "encoder's share"],
    [
      `one clip: ${gflop.toFixed(2)} GFLOP in ${encode.toFixed(encode < 100 ? 2 : 0)} ms`,
      rate.encoder.toFixed(1),
      '',
    ],
    ['matrix product, 2048 square', rate.square.toFixed(1), share.ofSquare.toFixed(2)],
    ["matrix products of the tower's shapes", rate.towerShapes.toFixed(1), share.ofTowerShapes.toFixed(2)],
  ]);
}

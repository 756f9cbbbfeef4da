import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFound, pointsAt } from '#models/evaluate/spans.ts';
import { hashFile } from '#models/package/file-hash.ts';
import { captionFor } from '#models/world/captions.ts';
import { splitRandom } from '#models/world/dataset.ts';
import { drawFilm, type Shot, stretchesOf } from '#models/world/film.ts';
import { judgeAnswer } from '#models/world/judge.ts';
import { doing } from '#models/world/captions.ts';
import { readConfig } from '#config';
import { doneEventOf } from '#engine/done-event.ts';
import type { Engine } from '#engine/engine.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { findCopies } from '#engine/segments/copies.ts';
import type { KnownClip } from '#engine/segments/long-clips.ts';
import { findMoments } from '#engine/segments/moments.ts';
import { writeFilm } from '../write-film.ts';
import { newWorldCommand, wholeNumber } from './options.ts';

const sampling = { temperature: 0, seed: 0, maxTokens: 40 } as const;
/** Films are compared with copies of another size, in which other scenes stand around the copied ones. */
const copyShape = { size: 160, fps: 8 };

/** Right ones of so many. */
class Tally {
  right = 0;
  count = 0;
  add(isRight: boolean): void {
    this.count += 1;
    if (isRight) this.right += 1;
  }
  toString(): string {
    return this.count === 0 ? '-' : `${((100 * this.right) / this.count).toFixed(1)} % of ${this.count}`;
  }
  toJSON() {
    return { right: this.right, count: this.count };
  }
}

interface Film {
  readonly shots: readonly Shot[];
  readonly source: KnownClip;
}

/** `eval moments`: long clips of the demo world, of which it is known what happens when. */
export function momentsCommand(signal: AbortSignal) {
  return newWorldCommand('moments', 'Are moments, answers and copies found in long clips?', 4)
    .option('--minutes <n>', 'length of each clip (2)', wholeNumber(1, 60))
    .option('--pairs <n>', 'unrelated pairs in which no copy may be found (all)', wholeNumber(0, 10_000))
    .action(async ({ clips, seed, minutes = 2, pairs, package: modelPackage, json }) => {
      const folder = await mkdtemp(join(tmpdir(), 'stan-llava-films-'));
      const loading = { ...readConfig({}, {}), dataDir: folder, signal, parallelConversations: 1 };
      const engine = await loadEngine(modelPackage, loading);
      try {
        const report = new Report();
        const films: Film[] = [];
        for (let n = 0; n < clips; n++) {
          const shots = drawFilm(splitRandom('test', seed * 1000 + n), 60 * minutes);
          const source = await indexed(engine, shots, join(folder, `${n}.mp4`), signal);
          films.push({ shots, source });
          await measureMoments(engine, { shots, source }, report, signal);
          await measureAnswers(engine, { shots, source }, report, signal);
          process.stderr.write(`clip ${n + 1} of ${clips}\n`);
        }
        await measureCopies(engine, films, { folder, seed, pairs, report }, signal);
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : report.table(clips, minutes));
      } finally {
        await engine.dispose();
        await rm(folder, { recursive: true, force: true });
      }
    });
}

class Report {
  readonly first = new Tally();
  readonly three = new Tally();
  readonly when = new Tally();
  readonly segments = new Tally();
  readonly one = new Tally();
  readonly whole = new Tally();
  readonly copies = new Tally();
  readonly unrelated = new Tally();

  table(clips: number, minutes: number): string {
    const rows: readonly (readonly [string, Tally])[] = [
      ['moment found, the first (IoU 0.5)', this.first],
      ['moment found, one of three (IoU 0.5)', this.three],
      ['when: a time in a right scene', this.when],
      ['answers about one scene, by segments', this.segments],
      ['answers about one scene, by the best segment', this.one],
      ['answers about one scene, frames of the whole', this.whole],
      ['copies found with their times', this.copies],
      ['unrelated pairs without a copy', this.unrelated],
    ];
    const lines = rows.map(([name, tally]) => `${name.padEnd(46)} ${tally}`);
    return [`${clips} clips of ${minutes} min`, ...lines, ''].join('\n');
  }
}

async function indexed(
  engine: Engine,
  shots: readonly Shot[],
  path: string,
  signal: AbortSignal,
  shape?: { size: number; fps: number },
): Promise<KnownClip> {
  await writeFilm(shots, path, signal, shape);
  const sha256 = await hashFile(path, signal);
  const source = { path, sha256, facts: await engine.probe({ path, sha256 }, { signal }) };
  await engine.index(source, { signal });
  return source;
}

async function measureMoments(engine: Engine, { shots, source }: Film, report: Report, signal: AbortSignal) {
  for (const caption of new Set(shots.map(({ scene }) => captionFor(scene)))) {
    const truths = stretchesOf(shots, caption);
    const scored = await engine.longClips.score(source, caption, { ahead: 0, signal });
    const scenes = scored.flatMap(({ scene: { start, end }, score }) =>
      score === undefined ? [] : [{ start, end, score }],
    );
    const found = findMoments(scenes, 3);
    report.first.add(isFound(found.slice(0, 1), truths));
    report.three.add(isFound(found, truths));
    report.when.add(pointsAt(found[0], truths));
  }
}

/** Asks about objects that are there once. */
async function measureAnswers(engine: Engine, { shots, source }: Film, report: Report, signal: AbortSignal) {
  for (const { scene } of shots) {
    if (shots.filter((shot) => shot.scene.kind === scene.kind).length > 1) continue;
    const asked = [
      { type: 'colour', question: `What colour is the ${scene.kind}?`, answer: `It is ${scene.colour}.` },
      { type: 'motion', question: `Which way does the ${scene.kind} move?`, answer: `It ${doing(scene)}.` },
    ] as const;
    for (const truth of asked) {
      const ways = [
        [report.segments, {}],
        [report.one, { segments: 1 }],
        [report.whole, { whole: true }],
      ] as const;
      for (const [tally, shown] of ways) {
        const turns = [{ question: truth.question, clips: [source] }];
        const events = engine.answer(turns, { ...sampling, ...shown, signal });
        tally.add(judgeAnswer(truth, (await doneEventOf(events, signal)).text));
      }
    }
  }
}

async function measureCopies(
  engine: Engine,
  films: readonly Film[],
  options: { folder: string; seed: number; pairs: number | undefined; report: Report },
  signal: AbortSignal,
) {
  const { folder, seed, report, pairs = films.length * films.length } = options;
  for (const [n, film] of films.entries()) {
    const first = Math.floor(film.shots.length / 3);
    const copied = film.shots.slice(first, first + 4);
    const around = drawFilm(splitRandom('test', seed * 1000 + 500 + n), 60);
    const copy = inARow([...around, ...copied]);
    const source = await indexed(engine, copy, join(folder, `copy ${n}.mp4`), signal, copyShape);
    const [own, other] = [
      await framesOf(engine, source, signal),
      await framesOf(engine, film.source, signal),
    ];
    const [best] = findCopies(own, other);
    const wanted = { start: copied[0]?.start ?? 0, end: copied.at(-1)?.end ?? 0 };
    const at = best && { start: best.otherStart, end: best.otherEnd };
    report.copies.add(at !== undefined && isFound([at], [wanted]));
  }
  let left = pairs;
  for (const [a, film] of films.entries()) {
    for (const other of films.slice(a + 1)) {
      if (left-- <= 0) return;
      const found = findCopies(
        await framesOf(engine, film.source, signal),
        await framesOf(engine, other.source, signal),
      );
      report.unrelated.add(found.length === 0);
    }
  }
}

function framesOf(engine: Engine, source: KnownClip, signal: AbortSignal) {
  return engine.longClips.frames(source, { signal });
}

function inARow(shots: readonly Shot[]): Shot[] {
  let end = 0;
  return shots.map((shot) => {
    const start = end;
    end = start + shot.end - shot.start;
    return { scene: shot.scene, start, end };
  });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { at } from '#core/at.ts';
import { parsedBy } from '#core/command-line.ts';
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
import { findCopies, type FrameSequence } from '#engine/segments/copies.ts';
import type { KnownClip } from '#engine/segments/long-clips.ts';
import { findMoments } from '#engine/segments/moments.ts';
import { writeFilm } from '../write-film.ts';
import { newWorldCommand, wholeNumber } from './options.ts';

/** Minutes of each clip: `2` or `2,10,60`. */
const lengths = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.coerce.number<string>().int().min(1).max(60)).min(1));

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
  /** Kept here: the engine forgets clips when there are many. */
  readonly frames: FrameSequence;
}

/** `eval moments`: long clips of the demo world, of which it is known what happens when. */
export function momentsCommand(signal: AbortSignal) {
  return newWorldCommand('moments', 'Are moments, answers and copies found in long clips?', 4)
    .option('--minutes <n,n>', 'lengths of the clips, in turn (2)', parsedBy(lengths))
    .option('--pairs <n>', 'unrelated pairs in which no copy may be found (6)', wholeNumber(0, 10_000))
    .action(async ({ clips, seed, minutes = [2], pairs = 6, package: modelPackage, json }) => {
      const folder = await mkdtemp(join(tmpdir(), 'stan-llava-films-'));
      const loading = { ...readConfig({}, {}), dataDir: folder, signal, parallelConversations: 1 };
      const engine = await loadEngine(modelPackage, loading);
      try {
        const report = new Report();
        const films: Film[] = [];
        for (let n = 0; n < clips; n++) {
          const length = at(minutes, n % minutes.length);
          const shots = drawFilm(splitRandom('test', seed * 1000 + n), 60 * length);
          const film = await indexed(engine, shots, join(folder, `${n}.mp4`), signal);
          films.push(film);
          await measureMoments(engine, film, report, signal);
          await measureAnswers(engine, film, report, signal);
          process.stderr.write(`clip ${n + 1} of ${clips}\n`);
        }
        await measureCopies(engine, films, { folder, seed, report }, signal);
        await measureUnrelated(engine, films, { folder, seed, pairs, report }, signal);
        const title = `${clips} clips of ${minutes.join(', ')} min`;
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : report.table(title));
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

  table(title: string): string {
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
    return [title, ...lines, ''].join('\n');
  }
}

async function indexed(
  engine: Engine,
  shots: readonly Shot[],
  path: string,
  signal: AbortSignal,
  shape?: { size: number; fps: number },
): Promise<Film> {
  await writeFilm(shots, path, signal, shape);
  const sha256 = await hashFile(path, signal);
  const source = { path, sha256, facts: await engine.probe({ path, sha256 }, { signal }) };
  await engine.index(source, { signal });
  return { shots, source, frames: await engine.longClips.frames(source, { signal }) };
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
  { folder, seed, report }: { folder: string; seed: number; report: Report },
  signal: AbortSignal,
) {
  for (const [n, film] of films.entries()) {
    const first = Math.floor(film.shots.length / 3);
    const copied = film.shots.slice(first, first + 4);
    const around = drawFilm(splitRandom('test', seed * 1000 + 500 + n), 60);
    const copy = inARow([...around, ...copied]);
    const { frames } = await indexed(engine, copy, join(folder, `copy ${n}.mp4`), signal, copyShape);
    const [best] = findCopies(frames, film.frames);
    const wanted = { start: copied[0]?.start ?? 0, end: copied.at(-1)?.end ?? 0 };
    const found = best && { start: best.otherStart, end: best.otherEnd };
    report.copies.add(found !== undefined && isFound([found], [wanted]));
  }
}

/** Compares films with one another, and with further ones of a minute where they make too few pairs. */
async function measureUnrelated(
  engine: Engine,
  films: readonly Film[],
  { folder, seed, pairs, report }: { folder: string; seed: number; pairs: number; report: Report },
  signal: AbortSignal,
) {
  const sequences = films.map(({ frames }) => frames);
  for (let n = 0; report.unrelated.count < pairs; n++) {
    if (n === sequences.length) {
      const shots = drawFilm(splitRandom('test', seed * 1000 + 700 + n), 60);
      sequences.push((await indexed(engine, shots, join(folder, `unrelated ${n}.mp4`), signal)).frames);
    }
    for (const other of sequences.slice(0, Math.min(n, pairs - report.unrelated.count))) {
      report.unrelated.add(findCopies(at(sequences, n), other).length === 0);
    }
  }
}

function inARow(shots: readonly Shot[]): Shot[] {
  let end = 0;
  return shots.map((shot) => {
    const start = end;
    end = start + shot.end - shot.start;
    return { scene: shot.scene, start, end };
  });
}

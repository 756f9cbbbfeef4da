import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { writeFilm } from '#cli/write-film.ts';
import { RestClient } from '#contract/client-rest.ts';
import { probe } from '#engine/media/probe.ts';
import { pointsAt } from '#models/evaluate/spans.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import type { Shot } from '#models/world/film.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const demo = 'models/demo';
const random = splitRandom('test', 11);
const wanted = [
  { kind: 'ball', colour: 'red', motion: 'left', seconds: 8 },
  { kind: 'tree', colour: 'green', motion: 'still', seconds: 50 },
  { kind: 'fish', colour: 'orange', motion: 'up', seconds: 10 },
  { kind: 'house', colour: 'blue', motion: 'right', seconds: 6 },
] as const;

/** Scenes in a row. */
function filmOf(list: readonly { scene: Shot['scene']; seconds: number }[]): Shot[] {
  let end = 0;
  return list.map(({ scene, seconds }) => {
    const start = end;
    end += seconds;
    return { scene, start, end };
  });
}

describe('a long clip', { timeout: 900_000 }, () => {
  const folder = tempFolder();
  const signal = new AbortController().signal;
  const path = join(folder, 'film.mp4');
  const scenes = wanted.map(({ seconds, ...facts }) => ({ scene: drawClip(random, facts), seconds }));
  const film = filmOf(scenes);
  let server: ServerProcess;
  let rest: RestClient;
  let id: string;

  async function upload(file: string): Promise<string> {
    return (await rest.upload(basename(file), new Blob([await readFile(file)]))).id;
  }
  before(async () => {
    await writeFilm(film, path, signal);
    server = await startServer(demo);
    rest = new RestClient({ url: server.url });
    id = await upload(path);
  });
  after(() => server?.stop());

  test('is answered about before all of it is encoded, and the receipt says what was seen', async () => {
    const { receipt } = await rest.caption({ videoId: id, prompt: 'What is in the video?' });
    const [long] = receipt?.longClips ?? [];
    assert.equal(long?.videoId, id);
    assert.ok(Math.abs((long?.seconds ?? 0) - 74) < 1);
    assert.ok((long?.seen ?? 0) <= (long?.seconds ?? 0) + 1e-6);
    const parts = receipt?.clips.map(({ part }) => part?.start ?? Number.NaN) ?? [];
    assert.ok(parts.length > 1);
    assert.deepEqual(
      parts,
      parts.toSorted((a, b) => a - b),
      'in the order of the clip',
    );
  });

  test('gets chapters in the background, once its segments are encoded', async () => {
    let reply = await rest.chapters(id);
    while (reply.pending) {
      await pause(100);
      reply = await rest.chapters(id);
    }
    assert.equal(reply.chapters[0]?.start, 0);
    for (const [i, { start, title }] of reply.chapters.entries()) {
      assert.ok(title.length > 0);
      assert.ok(i === 0 || start === reply.chapters[i - 1]?.end);
    }
    const { segments, complete } = await rest.segments(id);
    assert.ok(complete && segments.every(({ encoded }) => encoded));
    assert.ok(
      segments.some(({ repeats }) => repeats),
      'the tree stands still for longer than a segment',
    );
  });

  test('each scene is found by its caption, and so is the clip', async () => {
    for (const { scene, start, end } of film) {
      const query = captionFor(scene);
      const { results, seen, duration } = await rest.moments(id, { query, k: 1 });
      assert.ok(Math.abs(seen - duration) < 0.01);
      assert.ok(pointsAt(results[0], [{ start, end }]), `${query}: ${JSON.stringify(results)}`);
    }
    const found = await rest.search({ query: captionFor(scenes[0]?.scene ?? assert.fail()) });
    assert.ok(pointsAt(found.results[0]?.moment, [{ start: 0, end: 8 }]));
  });

  test('a question about a part sees that part alone', async () => {
    const bounds = { start: 58, end: 68 };
    const { receipt } = await rest.caption({ videoId: id, prompt: 'What is in the video?', ...bounds });
    assert.equal(receipt?.clips.length, 1);
    assert.deepEqual(receipt?.clips[0]?.part, bounds);
    assert.ok(receipt?.clips[0]?.frames.every((time) => time >= 58 && time < 68));
    await assert.rejects(rest.caption({ videoId: id, start: 80 }), /start, end/);
  });

  test('a part of it in another clip of another size is found with its times, and an unrelated clip is not', async () => {
    const other = Array.from({ length: 3 }, () => ({ scene: drawClip(random), seconds: 9 }));
    const copied = filmOf([...other, ...scenes.slice(2)]);
    const [copyPath, otherPath] = [join(folder, 'copy.mp4'), join(folder, 'other.mp4')];
    await writeFilm(copied, copyPath, signal, { size: 160, fps: 8 });
    await writeFilm(
      filmOf(Array.from({ length: 4 }, () => ({ scene: drawClip(random), seconds: 7 }))),
      otherPath,
      signal,
    );
    const [copy, unrelated] = [await upload(copyPath), await upload(otherPath)];
    for (const one of [copy, unrelated]) while ((await rest.chapters(one)).pending) await pause(100);
    const { results } = await rest.copies(copy, { videoIds: [id, unrelated] });
    assert.deepEqual([...new Set(results.map(({ videoId }) => videoId))], [id]);
    const [best] = results;
    assert.ok(
      Math.abs((best?.otherStart ?? 0) - 58) < 3 && Math.abs((best?.otherEnd ?? 0) - 74) < 3,
      JSON.stringify(best),
    );
  });

  test('a clip that is not there has no parts', async () => {
    const missing = 'f'.repeat(32);
    await assert.rejects(rest.segments(missing), /no clip/);
    await assert.rejects(rest.chapters(missing), /no clip/);
    await assert.rejects(rest.moments(missing, { query: 'a' }), /no clip/);
  });

  test('the command line writes its moments as an mp4', async () => {
    const out = join(folder, 'cut.mp4');
    const query = captionFor(scenes[2]?.scene ?? assert.fail());
    const command = [
      '--import',
      'tsx',
      'server/cli/stan-llava.ts',
      'cut',
      path,
      query,
      '--k',
      '1',
      '--out',
      out,
    ];
    const env = { ...process.env, DATA_DIR: join(folder, 'cli'), MODEL_PACKAGE: demo };
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    assert.match(stdout, /^0:5[789]-1:0[789] /);
    const { duration, width } = await probe(out);
    assert.ok(Math.abs(duration - 10) < 1, `${duration} s`);
    assert.equal(width, 120);
  });
});

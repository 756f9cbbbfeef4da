import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { captionFor } from '#models/world/captions.ts';
import { colourNames } from '#models/world/colours.ts';
import { drawClip, drawPicture, splitRandom } from '#models/world/dataset.ts';
import { kinds } from '#models/world/objects.ts';
import { canonicalQuestions } from '#models/world/questions.ts';
import { renderPictures, renderShots } from '#models/world/render.ts';
import { questionsAllWays } from '#models/world/dialogue/questions.ts';
import { captionFor as sceneCaption } from '#models/world/scenes/captions.ts';
import { drawTestClip, testClipRandom } from '#models/world/scenes/test-clips.ts';
import type { Shot } from '#models/world/svg.ts';
import { AppError } from '#errors';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { writeClipFolder } from './world-clips.ts';
import { type ClipShape, usualClip, writeSceneClip, writeWorldClip } from './world-clip.ts';

const number = (min: number, max: number) => z.coerce.number().min(min).max(max);
const wholeNumber = (min: number, max: number) => parsedBy(number(min, max).int());
const worldName = parsedBy(z.enum(['small', 'large'], 'It must be small or large.'));
const evenSide = parsedBy(number(16, 1024).multipleOf(2, 'It must be even.'));

/** `world`: draws the synthetic demo data set. Scenes of one seed are always the same; training sees none of them. */
export function worldCommand(signal: AbortSignal) {
  const command = newCommand(
    'world',
    'Draws the synthetic demo data set. Training sees none of these scenes.',
  );
  const drawing = (name: string, about: string, out: string) =>
    command
      .command(name)
      .description(about)
      .requiredOption(`--out <${out}>`, 'what to write')
      .option('--seed <n>', 'the same scenes for the same seed', wholeNumber(0, 2 ** 32 - 1), 0);
  const ofClips = (name: string, about: string, out: string) =>
    drawing(name, about, out)
      .option('--size <pixels>', 'side, even', evenSide, usualClip.size)
      .option('--seconds <s>', 'length', parsedBy(number(0.1, 60)), usualClip.seconds)
      .option('--fps <n>', 'frames a second', parsedBy(number(1, 60)), usualClip.fps);

  ofClips('clip', 'one clip; prints its caption and questions as JSON', 'file.mp4')
    .option('--world <name>', 'small: what the shipped package knows; large: 227 things', worldName, 'small')
    .action(async ({ out, seed, world, ...shape }) => {
      await checkTarget(out, '.mp4');
      if (world === 'large') {
        await writeLargeClip(seed, out, shape);
        return;
      }
      const scene = drawClip(splitRandom('test', seed));
      await writeWorldClip(scene, out, signal, shape);
      printTruth(captionFor(scene), canonicalQuestions(scene));
    });
  ofClips('clips', 'a data set for `eval`: clips, captions.csv, labels.csv and order.json', 'folder')
    .option('--count <n>', 'clips', wholeNumber(1, 100_000), 500)
    .option('--moving', 'none that stands still', false)
    .action((options) => writeClipFolder(options, signal));
  drawing('picture', 'one picture; prints its caption and questions as JSON', 'file.png')
    .option('--size <pixels>', 'side', wholeNumber(16, 1024), 240)
    .action(async ({ out, seed, size }) => {
      await checkTarget(out, '.png');
      const scene = drawPicture(splitRandom('test', seed));
      await writeFile(out, await pngOf(await renderPictures([scene], size), size, 1));
      printTruth(captionFor(scene), canonicalQuestions(scene));
    });
  drawing('sheet', 'each object in each colour, pictures as in training, clips of each motion', 'file.png')
    .option('--size <pixels>', 'side of each', wholeNumber(16, 240), 120)
    .action(async ({ out, seed, size }) => {
      await checkTarget(out, '.png');
      await writeSheet(out, seed, size);
    });
  return command;

  async function writeLargeClip(seed: number, out: string, shape: ClipShape): Promise<void> {
    const random = testClipRandom(seed);
    const clip = drawTestClip(random);
    await writeSceneClip(clip, out, signal, shape);
    const questions = questionsAllWays(clip.scene, random, 'en');
    printTruth(
      sceneCaption(clip.scene),
      questions.map(({ topic, question, answer }) => ({ type: topic, question, answer })),
    );
  }
}

/** Found out before the work, not after it. */
async function checkTarget(out: string, extension: '.mp4' | '.png'): Promise<void> {
  if (extname(out).toLowerCase() !== extension) {
    throw new AppError('invalid_request', `--out: must end in ${extension}, got "${out}"`);
  }
  const folder = dirname(resolve(out));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new AppError('invalid_request', `--out: cannot write into ${folder}`, { cause });
  });
}

async function writeSheet(out: string, seed: number, size: number): Promise<void> {
  const random = splitRandom('test', seed);
  const columns = colourNames.length;
  const still = kinds.flatMap((kind) =>
    colourNames.map(
      (colour): Shot => ({ scene: drawPicture(random, { kind, colour, motion: 'still' }), time: 1 }),
    ),
  );
  const trails = Array.from({ length: 2 * columns }, (): Shot => ({ scene: drawPicture(random), time: 1 }));
  const clips = (['left', 'right', 'up', 'down', 'still'] as const).flatMap((motion) => {
    const scene = drawClip(random, { motion });
    return Array.from({ length: columns }, (_, column): Shot => ({ scene, time: (column + 0.5) / columns }));
  });
  const tiles = await renderShots([...still, ...trails, ...clips], size);
  await writeFile(out, await pngOf(tiles, size, columns));
}

function printTruth(
  caption: string,
  questions: readonly { readonly type: string; readonly question: string; readonly answer: string }[],
): void {
  process.stdout.write(`${JSON.stringify({ caption, questions })}\n`);
}

/** Square tiles side by side, row after row, as one PNG. */
function pngOf(tiles: readonly Uint8Array[], size: number, columns: number): Promise<Buffer> {
  const [width, height] = [size * columns, size * Math.ceil(tiles.length / columns)];
  return sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite(
      tiles.map((tile, index) => ({
        input: Buffer.from(tile),
        raw: { width: size, height: size, channels: 3 as const },
        left: (index % columns) * size,
        top: Math.floor(index / columns) * size,
      })),
    )
    .png()
    .toBuffer();
}

import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import { captionFor } from '#models/world/captions.ts';
import { colourNames } from '#models/world/colours.ts';
import { drawClip, drawPicture, splitRandom } from '#models/world/dataset.ts';
import { kinds } from '#models/world/objects.ts';
import { canonicalQuestions } from '#models/world/questions.ts';
import { renderPictures, renderShots } from '#models/world/render.ts';
import type { Scene } from '#models/world/scene.ts';
import type { Shot } from '#models/world/svg.ts';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import { runCommand } from './run-command.ts';
import { writeClipFolder } from './world-clips.ts';
import { usualClip, writeWorldClip } from './world-clip.ts';

const usage = `Draws the demo world. Scenes of one seed are always the same, and training sees none of them.

  npm run -s world -- clip    --out FILE.mp4 [--seed N] [--size 240] [--seconds 2] [--fps 24]
  npm run -s world -- clips   --out FOLDER   [--seed N] [--count 500] [--moving] [--size 240] [--seconds 2] [--fps 24]
  npm run -s world -- picture --out FILE.png [--seed N] [--size 240]
  npm run -s world -- sheet   --out FILE.png [--seed N] [--size 120]

clips fills a new folder for \`npm run -s eval\`: clips whose captions differ for as long as there are other ones, captions.csv,
labels.csv with the motion, and order.json with what is right to say of each forwards and backwards.
clip and picture print the truth as JSON: {caption, questions: [{type, question, answer}]}.
sheet shows each object in each colour, then pictures as in training, then clips of each motion, a row a clip.
Sizes are in pixels.
`;

const number = (low: number, high: number) => z.coerce.number().min(low).max(high);
const shared = {
  seed: number(0, 2 ** 32 - 1)
    .int()
    .default(0),
  out: z.string({ error: 'name the file to write with --out' }).min(1),
};
const even = number(16, 1024).multipleOf(2, 'must be even');
const shape = {
  size: even.default(usualClip.size),
  seconds: number(0.1, 60).default(usualClip.seconds),
  fps: number(1, 60).default(usualClip.fps),
};
const call = z.discriminatedUnion(
  'what',
  [
    z.strictObject({ what: z.literal('clip'), ...shared, ...shape }),
    z.strictObject({
      what: z.literal('clips'),
      ...shared,
      ...shape,
      count: number(1, 100_000).int().default(500),
      moving: z.boolean().default(false),
    }),
    z.strictObject({ what: z.literal('picture'), ...shared, size: number(16, 1024).int().default(240) }),
    z.strictObject({ what: z.literal('sheet'), ...shared, size: number(16, 240).int().default(120) }),
  ],
  { error: 'say clip, clips, picture or sheet; --help tells more' },
);
type Call = z.infer<typeof call>;

await runCommand(async function world(signal) {
  const read = readCall();
  if (read === 'help') {
    process.stdout.write(usage);
    return;
  }
  if (read.what === 'clips') return writeClipFolder(read, signal);
  await checkTarget(read.out, read.what === 'clip' ? '.mp4' : '.png');
  switch (read.what) {
    case 'clip':
      return writeClip(read, signal);
    case 'picture':
      return writePicture(read);
    case 'sheet':
      return writeSheet(read);
  }
});

function readCall(): Call | 'help' {
  const option = { type: 'string' } as const;
  const options = { out: option, seed: option, count: option, size: option, seconds: option, fps: option };
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...options,
        moving: { type: 'boolean' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { help, ...given } = values;
    if (help) return 'help';
    const [what, ...rest] = positionals;
    if (rest.length > 0) throw new Error(`"${rest[0]}" is one word too many`);
    return parseRequest(call, { ...given, what });
  } catch (cause) {
    const [problem] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new AppError('invalid_request', `${problem}`, { cause });
  }
}

/** Better said before the work than after it. */
async function checkTarget(out: string, extension: '.mp4' | '.png'): Promise<void> {
  if (extname(out).toLowerCase() !== extension) {
    throw new AppError('invalid_request', `--out: must end in ${extension}, got "${out}"`);
  }
  const folder = dirname(resolve(out));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new AppError('invalid_request', `--out: cannot write into ${folder}`, { cause });
  });
}

async function writeClip(call: Extract<Call, { what: 'clip' }>, signal: AbortSignal): Promise<void> {
  const { seed, out, ...shape } = call;
  const scene = drawClip(splitRandom('test', seed));
  await writeWorldClip(scene, out, signal, shape);
  printTruth(scene);
}

async function writePicture({ seed, out, size }: Extract<Call, { what: 'picture' }>): Promise<void> {
  const scene = drawPicture(splitRandom('test', seed));
  const tiles = await renderPictures([scene], size);
  await writeFile(out, await pngOf(tiles, size, 1));
  printTruth(scene);
}

async function writeSheet({ seed, out, size }: Extract<Call, { what: 'sheet' }>): Promise<void> {
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

function printTruth(scene: Scene): void {
  process.stdout.write(
    `${JSON.stringify({ caption: captionFor(scene), questions: canonicalQuestions(scene) })}\n`,
  );
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

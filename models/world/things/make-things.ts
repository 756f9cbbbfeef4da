import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { z } from 'zod';
import { randomFrom } from '../random.ts';
import { styles } from '../scenes/scene.ts';
import { knownThings } from './known-things.ts';
import { nearbyThings } from './nearby-things.ts';

export const sourcePackages = [
  'emojibase-data@17.0.0',
  '@iconify-json/fluent-emoji-flat@1.2.6',
  '@iconify-json/noto@1.2.9',
  '@iconify-json/twemoji@1.2.5',
  '@iconify-json/openmoji@1.2.29',
] as const;

const folders = {
  fluent: 'fluent-emoji-flat',
  noto: 'noto',
  twemoji: 'twemoji',
  openmoji: 'openmoji',
} as const;

const concepts = z.array(z.object({ label: z.string(), hexcode: z.string(), group: z.number().optional() }));
const iconSet = z.object({
  width: z.number(),
  icons: z.record(z.string(), z.object({ body: z.string() })),
  aliases: z.record(z.string(), z.object({ parent: z.string() })).optional(),
});
const characters = z.record(z.string(), z.string());

/** Emojibase's numbers of: animals and plants, food and drink, travel and places, activities, objects. */
const groupsOfThings = [3, 4, 5, 6, 7];

/**
 * Writes the drawings of all things beside the world, from packages installed under `packages`: one file of the styles
 * that training shows, one of the style that only tests show, and the list of things without a word.
 */
export async function makeThings(packages: string, out: string): Promise<string[]> {
  const all = readJson(join(packages, 'node_modules/emojibase-data/en/data.json'), concepts);
  const sets = new Map(styles.map((style) => [style, openSet(packages, folders[style])]));
  const bodyOf = (style: (typeof styles)[number], label: string) => {
    const concept = all.find((one) => one.label === label);
    return concept === undefined ? undefined : sets.get(style)?.(concept.hexcode.toLowerCase());
  };
  const wanted = knownThings.flatMap(({ drawings }) => drawings);
  const excluded = new Set([...wanted, ...nearbyThings]);
  const unknown = all
    .filter(({ label, group }) => groupsOfThings.includes(group ?? -1) && !excluded.has(label))
    .map(({ label }) => label)
    .filter((label) => !label.includes(',') && styles.every((style) => bodyOf(style, label) !== undefined));
  const tables = styles.map((style) => {
    const rows = [...wanted, ...unknown].map((label) => {
      const drawing = bodyOf(style, label);
      if (drawing === undefined) throw new Error(`${style} has no drawing of ${label}`);
      return [label, drawing] as const;
    });
    return [style, Object.fromEntries(rows)] as const;
  });
  const write = async (file: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(out, file), content);
    return `${file}: ${content.length} bytes`;
  };
  const packed = (style: boolean): Uint8Array =>
    brotliCompressSync(
      JSON.stringify(Object.fromEntries(tables.filter(([name]) => (name === 'openmoji') === style))),
    );
  const random = randomFrom('unknown things');
  const split = unknown.map((label) => `${label},${random.chance(0.5) ? 'train' : 'test'}`);
  return [
    await write('drawings.json.br', packed(false)),
    await write('test-drawings.json.br', packed(true)),
    await write('unknown.csv', `drawing,split\n${split.join('\n')}\n`),
  ];
}

/** Drawings of one set by code point: `{ side, body }`. */
function openSet(packages: string, folder: string) {
  const at = join(packages, 'node_modules/@iconify-json', folder);
  const { icons, aliases = {}, width } = readJson(join(at, 'icons.json'), iconSet);
  const names = readJson(join(at, 'chars.json'), characters);
  return (hexcode: string): { side: number; body: string } | undefined => {
    const name = names[hexcode] ?? names[hexcode.replaceAll('-fe0f', '')];
    if (name === undefined) return undefined;
    const body = (icons[name] ?? icons[aliases[name]?.parent ?? ''])?.body;
    return body === undefined ? undefined : { side: width, body };
  };
}

function readJson<T>(file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(
      `cannot read ${file}; in the folder named, run: npm install --ignore-scripts ${sourcePackages.join(' ')}`,
      { cause },
    );
  }
}

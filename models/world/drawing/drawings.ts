import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { z } from 'zod';
import type { Style } from '../scenes/scene.ts';

/** One drawing: SVG elements in a square from (0, 0) to (side, side). */
export interface Drawing {
  readonly side: number;
  readonly body: string;
}

type Table = Readonly<Record<string, Readonly<Record<string, Drawing>>>>;
const table = z.record(
  z.string(),
  z.record(z.string(), z.strictObject({ side: z.number(), body: z.string() })),
);

const files = new Map<string, Table>();

/** A drawing by its name, in a style. Read from the disk at the first call; sources in ATTRIBUTION.md beside them. */
export function drawingOf(style: Style, name: string): Drawing {
  const file = style === 'openmoji' ? 'test-drawings.json.br' : 'drawings.json.br';
  const known = files.get(file) ?? readTable(file);
  files.set(file, known);
  const drawing = known[style]?.[name];
  if (drawing === undefined) throw new RangeError(`no ${style} drawing of ${name}`);
  return drawing;
}

function readTable(file: string): Table {
  const packed = readFileSync(new URL(`../things/${file}`, import.meta.url));
  return table.parse(JSON.parse(brotliDecompressSync(packed).toString('utf8')));
}

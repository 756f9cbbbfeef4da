import { readFileSync } from 'node:fs';
import { z } from 'zod';

const table = z.strictObject({
  /** The sizes of values that occur. */
  levels: z.array(z.int().min(0).max(255)),
  /** Base64 of 16 bits for each point: the levels of its values, the first in the lowest bits. */
  codes: z.base64(),
});
const tables = z.strictObject({
  iq2_xxs: table,
  iq2_xs: table,
  iq2_s: table,
  iq3_xxs: table,
  iq3_s: table,
});

/** Points of a grid behind one another, each of 8 values (IQ2) or 4 (IQ3), all positive. */
export type Grid = Uint8Array;

/** The grids of ggml's IQ2 and IQ3 types (ggml-common.h): of all combinations of sizes those that weights come near to. */
export function readGrids(): Readonly<Record<keyof z.infer<typeof tables>, Grid>> {
  const stored: unknown = JSON.parse(readFileSync(new URL('iq-grids.json', import.meta.url), 'utf8'));
  const { iq2_xxs, iq2_xs, iq2_s, iq3_xxs, iq3_s } = tables.parse(stored);
  return {
    iq2_xxs: unpacked(iq2_xxs, 8),
    iq2_xs: unpacked(iq2_xs, 8),
    iq2_s: unpacked(iq2_s, 8),
    iq3_xxs: unpacked(iq3_xxs, 4),
    iq3_s: unpacked(iq3_s, 4),
  };
}

function unpacked({ levels, codes }: z.infer<typeof table>, values: 4 | 8): Grid {
  const packed = Buffer.from(codes, 'base64');
  const bits = 16 / values;
  return Uint8Array.from({ length: (packed.length / 2) * values }, (_, i) => {
    const point = packed.readUInt16LE(2 * Math.floor(i / values));
    return levels[(point >> (bits * (i % values))) & (2 ** bits - 1)] ?? 0;
  });
}

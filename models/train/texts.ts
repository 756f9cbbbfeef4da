import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import type { Batch } from './stage.ts';

/**
 * Captions as the text tower takes them: `ids` [N, K] padded, `ends` the flattened places of their end tokens,
 * `mask` [N, K] with 1 on words. Feeds are named with `prefix` in front.
 */
export function captionFeeds(
  captions: readonly string[],
  tokenizer: WordTokenizer,
  context: number,
  prefix = '',
): Batch {
  const rows = captions.map((caption) => {
    const ids = [tokenizer.bos, ...tokenizer.encode(caption), tokenizer.eos];
    if (ids.length > context) throw new RangeError(`"${caption}" needs ${ids.length} of ${context} places`);
    return ids;
  });
  const cells = rows.length * context;
  const ids = new BigInt64Array(cells).fill(BigInt(tokenizer.pad));
  const mask = new Float32Array(cells);
  rows.forEach((row, index) => {
    row.forEach((id, i) => {
      ids[index * context + i] = BigInt(id);
      mask[index * context + i] = 1;
    });
  });
  const ends = BigInt64Array.from(rows, (row, index) => BigInt(index * context + row.length - 1));
  return {
    [`${prefix}ids`]: { data: ids, shape: [rows.length, context] },
    [`${prefix}ends`]: { data: ends, shape: [rows.length] },
    [`${prefix}mask`]: { data: mask, shape: [rows.length, context] },
  };
}

/** Row i shares its weight among the columns that mean the same: [N, N]. */
export function sharedTargets(meanings: readonly string[], name = 'targets'): Batch {
  const counts = new Map<string, number>();
  for (const meaning of meanings) counts.set(meaning, (counts.get(meaning) ?? 0) + 1);
  const data = Float32Array.from(
    meanings.flatMap((row) => meanings.map((column) => (row === column ? 1 / (counts.get(row) ?? 1) : 0))),
  );
  return { [name]: { data, shape: [meanings.length, meanings.length] } };
}

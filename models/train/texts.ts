import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import type { Batch } from './stage.ts';

/**
 * Texts as the text tower takes them: `ids` [N, K] padded, `ends` the flattened places of their end tokens, `mask` [N, K]
 * with 1 on words. Feeds are named with `prefix` in front. @throws RangeError for a text that is too long
 */
export function captionFeeds(
  captions: readonly string[],
  tokenizer: WordTokenizer,
  length: number,
  prefix = '',
): Batch {
  const rows = captions.map((caption) => {
    const ids = [tokenizer.bos, ...tokenizer.encode(caption), tokenizer.eos];
    if (ids.length > length) throw new RangeError(`"${caption}" needs ${ids.length} of ${length} places`);
    return ids;
  });
  const cells = rows.length * length;
  const ids = new BigInt64Array(cells).fill(BigInt(tokenizer.pad));
  const mask = new Float32Array(cells);
  rows.forEach((row, index) => {
    row.forEach((id, i) => {
      ids[index * length + i] = BigInt(id);
      mask[index * length + i] = 1;
    });
  });
  const ends = BigInt64Array.from(rows, (row, index) => BigInt(index * length + row.length - 1));
  return {
    [`${prefix}ids`]: { data: ids, shape: [rows.length, length] },
    [`${prefix}ends`]: { data: ends, shape: [rows.length] },
    [`${prefix}mask`]: { data: mask, shape: [rows.length, length] },
  };
}

/** Row i shares its weight among the columns that are true of it: [rows, columns]. A row without any has none. */
export function truthTargets(
  rows: number,
  columns: number,
  isTrue: (row: number, column: number) => boolean,
  name = 'targets',
): Batch {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const right = Array.from({ length: columns }, (_, column) => column).filter((column) =>
      isTrue(row, column),
    );
    for (const column of right) data[row * columns + column] = 1 / right.length;
  }
  return { [name]: { data, shape: [rows, columns] } };
}

/** Row i shares its weight among the columns that mean the same: [N, N]. */
export function sharedTargets(meanings: readonly string[], name = 'targets'): Batch {
  const count = meanings.length;
  return truthTargets(count, count, (row, column) => meanings[row] === meanings[column], name);
}

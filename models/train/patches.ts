import type { Random } from '#models/world/random.ts';

/** The pieces of pictures that a sparse tower reads. */
export interface PatchBatch {
  /** Bytes [N, K, 3, P, P]. */
  readonly patches: Uint8Array;
  /** Rows of the tower's position table, [N * K]; row 0 is the class token's. */
  readonly places: BigInt64Array;
}

export interface PatchChoice {
  readonly side: number;
  readonly patchSize: number;
  /** K, patches of each picture. */
  readonly kept: number;
  /** How many of them are any, not the ones that stand out most. */
  readonly any: number;
}

/** Cuts out the patches that differ most from their picture's mean colour, and a few others: where a thing is. */
export function choosePatches(
  pictures: readonly Uint8Array[],
  { side, patchSize, kept, any }: PatchChoice,
  random: Random,
): PatchBatch {
  const across = side / patchSize;
  const each = 3 * patchSize * patchSize;
  const patches = new Uint8Array(pictures.length * kept * each);
  const indices = new BigInt64Array(pictures.length * kept);
  pictures.forEach((picture, row) => {
    const scores = contrastOf(picture, side, patchSize);
    const ranked = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    const chosen = [
      ...ranked.slice(0, kept - any),
      ...random.shuffle(ranked.slice(kept - any)).slice(0, any),
    ];
    chosen.forEach((patch, index) => {
      indices[row * kept + index] = BigInt(patch + 1);
      cut(
        picture,
        side,
        patchSize,
        patch % across,
        Math.floor(patch / across),
        patches,
        (row * kept + index) * each,
      );
    });
  });
  return { patches, places: indices };
}

function cut(
  picture: Uint8Array,
  side: number,
  patchSize: number,
  column: number,
  line: number,
  into: Uint8Array,
  start: number,
): void {
  let to = start;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < patchSize; y++) {
      let from = ((line * patchSize + y) * side + column * patchSize) * 3 + channel;
      for (let x = 0; x < patchSize; x++, from += 3) into[to++] = picture[from] ?? 0;
    }
  }
}

/** Each patch's summed squared distance from the picture's mean colour. */
function contrastOf(picture: Uint8Array, side: number, patchSize: number): Float64Array {
  const mean = [0, 0, 0];
  for (let index = 0; index < picture.length; index++)
    mean[index % 3] = (mean[index % 3] ?? 0) + (picture[index] ?? 0);
  const [r = 0, g = 0, b = 0] = mean.map((sum) => sum / (side * side));
  const across = side / patchSize;
  const scores = new Float64Array(across * across);
  for (let y = 0; y < side; y++) {
    const line = Math.floor(y / patchSize) * across;
    for (let x = 0; x < side; x++) {
      const index = (y * side + x) * 3;
      const distance =
        ((picture[index] ?? 0) - r) ** 2 +
        ((picture[index + 1] ?? 0) - g) ** 2 +
        ((picture[index + 2] ?? 0) - b) ** 2;
      const patch = line + Math.floor(x / patchSize);
      scores[patch] = (scores[patch] ?? 0) + distance;
    }
  }
  return scores;
}

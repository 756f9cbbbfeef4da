/** A small seeded generator: the same seed gives the same draws on every machine. */
export interface Random {
  /** Uniform in [low, high); [0, 1) without arguments. */
  uniform(low?: number, high?: number): number;
  /** A whole number, `low <= n < high`. */
  int(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** Generator for a seed; seeds that differ in one character give unrelated streams. */
export function randomFrom(seed: string | number): Random {
  const next = sfc32(fourWords(String(seed)));
  const uniform = (low = 0, high = 1): number => low + (high - low) * next();
  const int = (low: number, high: number): number => low + Math.floor((high - low) * next());
  return {
    uniform,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => itemAt(items, int(0, items.length)),
    shuffle: (items) => {
      const copy = [...items];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = int(0, last + 1);
        const kept = itemAt(copy, last);
        copy[last] = itemAt(copy, other);
        copy[other] = kept;
      }
      return copy;
    },
  };
}

function itemAt<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError('nothing to pick from');
  return items[index] as T;
}

/** Chris Doty-Humphrey's sfc32 (PractRand): 128 bits of state, passes BigCrush. */
function sfc32([a, b, c, counter]: [number, number, number, number]): () => number {
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** FNV-1a from four starting points, each finished with murmur3's mixer. */
function fourWords(text: string): [number, number, number, number] {
  const word = (start: number): number => {
    let hash = start;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  };
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x243f6a88), word(0xb7e15162)];
}

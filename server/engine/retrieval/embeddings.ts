/** Rows in the joint space of frames and texts, [count, width], of any length: frames of a clip, or tokens of a text. */
export interface Embeddings {
  /** Row-major. */
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** Row `index`, a view. */
export function rowOf({ data, width }: Embeddings, index: number): Float32Array {
  return data.subarray(index * width, (index + 1) * width);
}

/** A whole text as one direction: its end token's [width], as CLIP takes it. Of unit length. */
export function textDirection(tokens: Embeddings): Float32Array {
  return unitLength(rowOf(tokens, tokens.count - 1));
}

/** A whole clip as one direction: the mean of its frames' directions, [width]. Of unit length. */
export function videoDirection(frames: Embeddings): Float32Array {
  const sum = new Float32Array(frames.width);
  for (let frame = 0; frame < frames.count; frame++) {
    const row = unitLength(rowOf(frames, frame));
    sum.forEach((value, i) => {
      sum[i] = value + (row[i] ?? Number.NaN);
    });
  }
  return unitLength(sum);
}

/** Throws `RangeError` for vectors of different length. */
export function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`a vector of ${a.length} numbers and one of ${b.length}`);
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

function unitLength(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

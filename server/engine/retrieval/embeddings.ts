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
  return unitLength(rowOf(tokens, tokens.count - 1).slice());
}

/** A whole clip as one direction: the mean of its frames' directions, [width]. Of unit length. */
export function videoDirection(frames: Embeddings): Float32Array {
  const mean = new Float32Array(frames.width);
  for (let frame = 0; frame < frames.count; frame++) {
    const row = rowOf(frames, frame);
    const length = lengthOf(row);
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (row[i] ?? 0) / length;
  }
  return unitLength(mean);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

/** In place. */
function unitLength(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

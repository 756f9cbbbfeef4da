/**
 * Ridge regression in float64 through the kernel (dual) form, for more features than samples:
 * predictions are K(x, X) (K(X, X) + lambda I)^-1 Y with K the dot product of centred features. The kernel, which is
 * nearly all of the work, is computed once for all strengths and targets.
 */
export class RidgeKernel {
  readonly #mean: Float64Array;
  readonly #samples: readonly Float64Array[];
  readonly #kernel: readonly Float64Array[];

  /** `features`: n rows of one width. */
  constructor(features: readonly Float32Array[]) {
    const mean = new Float64Array(features[0]?.length ?? 0);
    for (const row of features) {
      for (const [index, value] of row.entries()) add(mean, index, value / features.length);
    }
    this.#mean = mean;
    this.#samples = features.map((row) => this.#centred(row));
    this.#kernel = this.#samples.map((sample) => this.#similarities(sample));
  }

  /** How alike a new row and each sample are; what a fit predicts from. */
  near(row: Float32Array): Float64Array {
    return this.#similarities(this.#centred(row));
  }

  /** `targets`: n rows; `lambda` > 0, in units of the mean squared length of a sample. */
  fit(targets: readonly (readonly number[])[], lambda: number): (near: Float64Array) => number[] {
    const columns = targets[0]?.length ?? 0;
    const offsets = Array.from({ length: columns }, (_, index) =>
      average(targets.map((row) => row[index] ?? 0)),
    );
    const scale = average(this.#kernel.map((row, index) => row[index] ?? 0));
    const system = this.#kernel.map((row) => row.slice());
    for (const [index, row] of system.entries()) add(row, index, lambda * scale);
    const centred = targets.map((row) =>
      Float64Array.from(row, (value, index) => value - (offsets[index] ?? 0)),
    );
    const dual = solvePositive(system, centred);
    return (near) =>
      offsets.map((offset, column) =>
        near.reduce((total, weight, index) => total + weight * (dual[index]?.[column] ?? 0), offset),
      );
  }

  #similarities(row: Float64Array): Float64Array {
    return Float64Array.from(this.#samples, (sample) => dot(sample, row));
  }

  #centred(row: Float32Array): Float64Array {
    return Float64Array.from(row, (value, index) => value - (this.#mean[index] ?? 0));
  }
}

/** Solves A x = b for each column of b by Cholesky; A symmetric and positive definite, and overwritten. */
export function solvePositive(a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array[] {
  const n = a.length;
  const cell = (row: number, column: number): number => a[row]?.[column] ?? 0;
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = cell(row, column);
      for (let step = 0; step < column; step++) rest -= cell(row, step) * cell(column, step);
      if (row === column && !(rest > 0)) throw new RangeError('the matrix is not positive definite');
      const target = a[row];
      if (target !== undefined)
        target[column] = row === column ? Math.sqrt(rest) : rest / cell(column, column);
    }
  }
  const x = b.map((row) => row.slice());
  const columns = b[0]?.length ?? 0;
  for (let column = 0; column < columns; column++) {
    const get = (row: number): number => x[row]?.[column] ?? 0;
    const set = (row: number, value: number): void => {
      const target = x[row];
      if (target !== undefined) target[column] = value;
    };
    for (let row = 0; row < n; row++) {
      let rest = get(row);
      for (let step = 0; step < row; step++) rest -= cell(row, step) * get(step);
      set(row, rest / cell(row, row));
    }
    for (let row = n - 1; row >= 0; row--) {
      let rest = get(row);
      for (let step = row + 1; step < n; step++) rest -= cell(step, row) * get(step);
      set(row, rest / cell(row, row));
    }
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += (a[index] ?? 0) * (b[index] ?? 0);
  return total;
}

function average(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] ?? 0) + value;
}

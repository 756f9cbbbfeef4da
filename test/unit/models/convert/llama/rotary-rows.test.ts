import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pairNeighbours } from '#models/convert/llama/rotary-rows.ts';

const angle = (position: number, pair: number, headWidth: number): number =>
  position / 10_000 ** ((2 * pair) / headWidth);

/** transformers: value i turns with value i + half, `x * cos + rotate_half(x) * sin`. */
function turnHalves(head: readonly number[], position: number): number[] {
  const half = head.length / 2;
  return head.map((value, index) => {
    const turn = angle(position, index % half, head.length);
    const other = index < half ? -head[index + half]! : head[index - half]!;
    return value * Math.cos(turn) + other * Math.sin(turn);
  });
}

/** llama.cpp: value 2i turns with value 2i + 1. */
function turnNeighbours(head: readonly number[], position: number): number[] {
  return head.map((value, index) => {
    const turn = angle(position, Math.floor(index / 2), head.length);
    const other = index % 2 === 0 ? -head[index + 1]! : head[index - 1]!;
    return value * Math.cos(turn) + other * Math.sin(turn);
  });
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * b[index]!, 0);

/** A head's values of a token: its rows of the matrix times the token's hidden state. */
function headValues(matrix: Float32Array, hidden: readonly number[], head: number, headWidth: number) {
  return Array.from({ length: headWidth }, (_, row) => {
    const start = (head * headWidth + row) * hidden.length;
    return dot([...matrix.subarray(start, start + hidden.length)], hidden);
  });
}

const value = fc.integer({ min: -8, max: 8 });
const matrices = fc
  .record({
    heads: fc.integer({ min: 1, max: 4 }),
    pairs: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ heads, pairs, width }) => {
    const rows = heads * 2 * pairs;
    const values = fc.array(value, { minLength: rows * width, maxLength: rows * width });
    const matrix = values.map((list) => Float32Array.from(list));
    const hidden = fc.array(value, { minLength: width, maxLength: width });
    return fc.record({
      heads: fc.constant(heads),
      headWidth: fc.constant(2 * pairs),
      width: fc.constant(width),
      queries: matrix,
      keys: matrix,
      asking: hidden,
      asked: hidden,
    });
  });

describe('rows of queries and keys in the order of llama.cpp', () => {
  it('of one head by hand: the halves are shuffled like cards', () => {
    const rows = Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5);
    assert.deepEqual(pairNeighbours(rows, 1, 2), Float32Array.of(0, 0.5, 2, 2.5, 1, 1.5, 3, 3.5));
  });

  it('attend as they did in the order of Hugging Face', () => {
    const position = fc.integer({ min: 0, max: 4096 });
    fc.assert(
      fc.property(matrices, position, position, ({ heads, headWidth, width, ...given }, m, n) => {
        const queries = pairNeighbours(given.queries, heads, width);
        const keys = pairNeighbours(given.keys, heads, width);
        for (let head = 0; head < heads; head++) {
          const before = dot(
            turnHalves(headValues(given.queries, given.asking, head, headWidth), m),
            turnHalves(headValues(given.keys, given.asked, head, headWidth), n),
          );
          const after = dot(
            turnNeighbours(headValues(queries, given.asking, head, headWidth), m),
            turnNeighbours(headValues(keys, given.asked, head, headWidth), n),
          );
          assert.ok(Math.abs(before - after) < 1e-9 * (1 + Math.abs(before)), `${before} ${after}`);
        }
      }),
    );
  });

  it('are the same rows, each once, every head in its place', () => {
    fc.assert(
      fc.property(matrices, ({ heads, headWidth, width }) => {
        const rows = heads * headWidth;
        const matrix = Float32Array.from({ length: rows * width }, (_, index) => Math.floor(index / width));
        const ordered = pairNeighbours(matrix, heads, width);
        const sources = Array.from({ length: rows }, (_, row) => ordered[row * width]!);
        assert.deepEqual(
          [...sources].sort((a, b) => a - b),
          Array.from(sources.keys()),
        );
        for (const [row, source] of sources.entries()) {
          assert.equal(Math.floor(source / headWidth), Math.floor(row / headWidth));
          assert.ok(ordered.subarray(row * width, (row + 1) * width).every((own) => own === source));
        }
      }),
    );
  });
});

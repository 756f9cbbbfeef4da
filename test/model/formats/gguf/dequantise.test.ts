import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp';
import { dequantise } from '#models/formats/gguf/dequantise.ts';
import { quantiseQ8_0 } from '#models/formats/gguf/quantise.ts';
import { tensorTypes } from '#models/formats/gguf/types.ts';
import { floatToHalf } from '#models/formats/half.ts';
import { tokenId } from '#engine/language/token-id.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type StoredTable, writeEmbeddingModel } from './embedding-model.ts';

const [rows, width] = [3, 512];
const folder = tempFolder();

/** Random numbers that are the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Where a block of each type has its half floats: bits at random would make NaNs of them. Everything else is random. */
const halvesAt: Record<string, readonly number[]> = {
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q8_0: [0],
  Q2_K: [80, 82],
  Q3_K: [108],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
  IQ2_XXS: [0],
  IQ2_XS: [0],
  IQ2_S: [0],
  IQ3_XXS: [0],
  IQ3_S: [0],
  IQ4_NL: [0],
  IQ4_XS: [0],
  F16: [0],
};

function randomTable(name: string, seed: number): StoredTable {
  const [type = 0, layout] = [...tensorTypes].find(([, other]) => other.name === name) ?? [];
  assert.ok(layout !== undefined);
  const { blockBytes, blockValues } = layout;
  const next = random(seed);
  const blocks = (rows * width) / blockValues;
  const bytes = Uint8Array.from({ length: blocks * blockBytes }, () => next() * 256);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += blockBytes) {
    for (const offset of halvesAt[name] ?? []) {
      const [bits = 0] = floatToHalf(Float32Array.of((next() - 0.5) / 8));
      view.setUint16(i + offset, bits, true);
    }
    if (name === 'F32') view.setFloat32(i, next() - 0.5, true);
    // the upper half of a float32
    if (name === 'BF16') view.setUint16(i, (next() < 0.5 ? 0x8000 : 0) + 0x3d00 + next() * 0x200, true);
  }
  return { type, rows, width, bytes };
}

const meanSquare = (values: Float32Array) => values.reduce((sum, x) => sum + x * x, 0) / values.length;

describe('embeddings decoded as llama.cpp does', () => {
  let llama: Llama;
  before(async () => {
    llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.fatal });
  });
  after(() => llama.dispose());

  async function compare(table: StoredTable): Promise<void> {
    const decoded = dequantise(table.type, table.bytes);
    assert.equal(decoded?.length, rows * width);
    const epsilon = meanSquare(decoded);
    const path = join(folder, `${table.type}.gguf`);
    await writeEmbeddingModel(path, table, epsilon);
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createEmbeddingContext({ contextSize: 64, threads: 1 });
    for (let row = 0; row < rows; row++) {
      const { vector } = await context.getEmbeddingFor([tokenId(row)]);
      assert.equal(vector.length, width);
      const values = decoded.subarray(row * width, (row + 1) * width);
      const length = Math.sqrt(meanSquare(values) + epsilon);
      const farthest = Math.max(...vector.map((found, index) => Math.abs(found - values[index]! / length)));
      // hidden values are about 1
      assert.ok(farthest < 5e-6, `row ${row}: ${farthest}`);
    }
    await model.dispose();
  }

  for (const [seed, name] of ['F32', 'BF16', ...Object.keys(halvesAt)].entries())
    test(`${name}, any codes`, () => compare(randomTable(name, seed + 1)));

  test('Q8_0 as we write it', async () => {
    const next = random(99);
    const values = Float32Array.from({ length: rows * width }, () => next() ** 3 - 0.2);
    await compare({ type: 8, rows, width, bytes: quantiseQ8_0(values) });
  });
});

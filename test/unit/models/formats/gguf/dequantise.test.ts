import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dequantise } from '#models/formats/gguf/dequantise.ts';
import { quantiseQ8_0 } from '#models/formats/gguf/quantise.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32, tensorTypes } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf } from '#models/formats/half.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const path = join(tempFolder(), 'some.gguf');
const [q4_0, q8_0, q8_k, iq1_s, f64, bf16] = [2, 8, 15, 19, 28, 30];

const asBytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe('plain values', () => {
  const halves = Float32Array.from({ length: 64 }, (_, index) => (index - 31) / 8);

  test('are what they say, wherever they start', () => {
    const wide = new DataView(halves.buffer);
    const bfloats = Uint16Array.from(halves, (_, index) => wide.getUint16(index * 4 + 2, true));
    const stored: [number, Uint8Array][] = [
      [ggmlF32, asBytes(halves)],
      [ggmlF16, asBytes(floatToHalf(halves))],
      [bf16, asBytes(bfloats)],
      [f64, asBytes(Float64Array.from(halves))],
    ];
    for (const [type, bytes] of stored) {
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      assert.deepEqual(dequantise(type, shifted.subarray(1)), halves, tensorTypes.get(type)?.name);
    }
  });
});

describe('blocks', () => {
  // test/model compares the types that llama.cpp takes as embeddings with llama.cpp
  test('of Q4_0 by hand: a scale and codes from -8 to 7, low halves first', () => {
    const block = Uint8Array.of(0x00, 0x38, ...Array.from({ length: 16 }, (_, i) => i + 16 * (15 - i)));
    const expected = Float32Array.from({ length: 32 }, (_, i) => ((i < 16 ? i : 31 - i) - 8) / 2);
    assert.deepEqual(dequantise(q4_0, block), expected);
  });

  test('of Q8_K by hand: a float32 scale, 256 bytes, sums nobody needs', () => {
    const block = new Uint8Array(292).fill(0x55);
    block.set(asBytes(Float32Array.of(0.25)));
    for (let i = 0; i < 256; i++) block[4 + i] = i;
    const expected = Float32Array.from({ length: 256 }, (_, i) => ((i << 24) >> 24) / 4);
    assert.deepEqual(dequantise(q8_k, block), expected);
  });

  test('of zero bytes are zeros in every type that is decoded: empty rows rely on it', () => {
    const decoded = [...tensorTypes].filter(([type, { name, blockBytes, blockValues }]) => {
      const values = dequantise(type, new Uint8Array(3 * blockBytes));
      if (values === undefined) return false;
      assert.deepEqual([values.length, values.every((value) => value === 0)], [3 * blockValues, true], name);
      return true;
    });
    assert.equal(decoded.length, 22);
  });
});

describe('a tensor in a file', () => {
  test('is the same whole and in pieces', async () => {
    const [rows, width] = [600, 4096];
    const values = Float32Array.from({ length: rows * width }, (_, index) => Math.sin(index));
    const [wide, coded] = [asBytes(values), quantiseQ8_0(values)];
    await writeGguf(path, new Map(), [
      { name: 'wide', shape: [rows, width], type: ggmlF32, data: () => [wide] },
      { name: 'coded', shape: [rows, width], type: q8_0, data: () => [coded] },
      { name: 'empty', shape: [0, width], type: q8_0, data: () => [] },
    ]);
    const gguf = await openGguf(path);
    for (const [name, count] of [
      ['wide', 2],
      ['coded', 2],
      ['empty', 0],
    ] as const) {
      const pieces = [];
      for await (const piece of gguf.floatPieces(name)) {
        assert.ok(piece.byteLength <= 8 << 20);
        pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
      }
      assert.equal(pieces.length, count);
      assert.ok(Buffer.concat(pieces).equals(asBytes(await gguf.readFloats(name))), name);
    }
    await gguf.close();
  });

  test('of a type that is not decoded is refused by name', async () => {
    const shape = [256];
    const data = () => [new Uint8Array(50)];
    await writeGguf(path, new Map(), [{ name: 'w', shape, type: iq1_s, data }]);
    const gguf = await openGguf(path);
    const expected = { code: 'unsupported', message: /some\.gguf: w is IQ1_S/ };
    await assert.rejects(gguf.readFloats('w'), expected);
    await assert.rejects(gguf.floatPieces('w').next(), expected);
    await gguf.close();
  });
});

describe('quantiseQ8_0', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -60_000, max: 60_000 });
  const blocks = fc
    .array(fc.array(finite, { minLength: 32, maxLength: 32 }), { maxLength: 4 })
    .map((values) => Float32Array.from(values.flat()));

  test('loses at most half a step, and what rounding the scale to F16 costs', () => {
    fc.assert(
      fc.property(blocks, (values) => {
        const bytes = quantiseQ8_0(values);
        assert.equal(bytes.length, (values.length / 32) * 34);
        const back = dequantise(q8_0, bytes);
        assert.equal(back?.length, values.length);
        for (let block = 0; block < values.length; block += 32) {
          const own = values.subarray(block, block + 32);
          const step = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
          // F16 has 11 bits; below its normal values, steps of 2^-24; codes go up to 127
          const rounding = 127 * Math.max(step * 2 ** -11, 2 ** -25);
          const bound = (step / 2 + rounding) * (1 + 1e-5);
          own.forEach((value, index) => {
            assert.ok(Math.abs(value - back[block + index]!) <= bound, `${value} of ${own}`);
          });
        }
      }),
    );
  });

  test('writes the bytes of the reference: halves away from zero, the scale rounded last', () => {
    // scale 1: codes are the values; -2.5 becomes -3 where Math.round says -2
    const values = Float32Array.from(
      { length: 32 },
      (_, i) => [127, 2.5, -2.5, 0.5, -0.5, 0.49, -127][i] ?? 0,
    );
    const codes = [...new Int8Array(quantiseQ8_0(values).buffer)];
    assert.deepEqual(codes.slice(0, 9), [0, 0x3c, 127, 3, -3, 1, -1, 0, -127]);
    // 1/127 lies between two F16; the codes are those of 1/127 itself
    const small = Float32Array.from({ length: 32 }, (_, i) => i / 31);
    const inverse = Math.fround(1 / Math.fround(1 / 127));
    const expected = [...small].map((value) => Math.round(Math.fround(value * inverse)));
    assert.deepEqual([...new Int8Array(quantiseQ8_0(small).buffer)].slice(2), expected);
  });

  test('refuses what it cannot hold', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1e7]) {
      assert.throws(() => quantiseQ8_0(new Float32Array(32).fill(1).fill(wrong, 7, 8)), RangeError);
    }
    assert.throws(() => quantiseQ8_0(new Float32Array(33)), RangeError);
  });
});

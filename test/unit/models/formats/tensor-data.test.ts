import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bfloatToFloat, floatToHalf, halfToFloat } from '#models/formats/half.ts';
import {
  floatPieces,
  fromFloat32,
  type TensorData,
  toBigInt64,
  toFloat32,
} from '#models/formats/tensor-data.ts';

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('half floats', () => {
  it('decode the landmarks of binary16', () => {
    const landmarks: [bits: number, value: number][] = [
      [0x0000, 0],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
      [0x3555, 0.333251953125],
    ];
    const decoded = halfToFloat(Uint16Array.from(landmarks, ([bits]) => bits));
    assert.deepEqual([...decoded], [...Float32Array.from(landmarks, ([, value]) => value)]);
    assert.ok(Number.isNaN(halfToFloat(Uint16Array.of(0x7e00))[0]));
  });

  it('survive a round trip, every one of them', () => {
    const finite = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    assert.deepEqual(floatToHalf(halfToFloat(finite)), finite);
  });

  it('round to the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const [bits = 0] = floatToHalf(Float32Array.of(value));
        const candidates = [bits - 1, bits, bits + 1].filter((b) => b >= 0 && (b & 0x7c00) !== 0x7c00);
        const distance = (b: number) => Math.abs((halfToFloat(Uint16Array.of(b))[0] ?? 0) - value);
        const nearest = Math.min(...candidates.map(distance));
        assert.equal(distance(bits), nearest);
      }),
    );
    // 1 + 2^-11 lies halfway between 1 and the next half; 1 is the even one.
    assert.deepEqual([...floatToHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11))], [0x3c00, 0x3c02]);
    assert.deepEqual([...floatToHalf(Float32Array.of(65520, 1e9, Number.NaN))], [0x7c00, 0x7c00, 0x7e00]);
  });

  it('read bfloat16 as the upper half of a float32', () => {
    assert.deepEqual([...bfloatToFloat(Uint16Array.of(0x3f80, 0xc040, 0x0000))], [1, -3, 0]);
  });
});

describe('tensor values', () => {
  const cases: [TensorData['dtype'], ArrayBufferView, number[]][] = [
    ['F64', Float64Array.of(1.5, -2), [1.5, -2]],
    ['F32', Float32Array.of(1.5, -2), [1.5, -2]],
    ['F16', Uint16Array.of(0x3e00, 0xc000), [1.5, -2]],
    ['BF16', Uint16Array.of(0x3fc0, 0xc000), [1.5, -2]],
    ['I64', BigInt64Array.of(-3n, 7n), [-3, 7]],
    ['U64', BigUint64Array.of(3n, 7n), [3, 7]],
    ['I32', Int32Array.of(-3, 7), [-3, 7]],
    ['I16', Int16Array.of(-3, 7), [-3, 7]],
    ['I8', Int8Array.of(-3, 7), [-3, 7]],
    ['U32', Uint32Array.of(3, 7), [3, 7]],
    ['U16', Uint16Array.of(3, 7), [3, 7]],
    ['U8', Uint8Array.of(3, 7), [3, 7]],
    ['BOOL', Uint8Array.of(0, 1), [0, 1]],
  ];

  for (const [dtype, stored, values] of cases) {
    it(`reads ${dtype} from any offset`, () => {
      const unaligned = Buffer.concat([Buffer.of(0xff), bytesOf(stored)]).subarray(1);
      const tensor: TensorData = { dtype, shape: [2], data: unaligned };
      assert.deepEqual([...toFloat32(tensor)], values);
      if (dtype.includes('F')) assert.throws(() => toBigInt64(tensor), TypeError);
      else assert.deepEqual([...toBigInt64(tensor)], values.map(BigInt));
    });
  }

  it('come in pieces, one after the other', () => {
    for (const dtype of ['F32', 'F16'] as const) {
      const length = 2 * 2 ** 21 + 5;
      const values = Float32Array.from({ length }, (_, index) => index % 2039);
      const pieces = [...floatPieces(fromFloat32(values, [length], dtype))];
      assert.deepEqual(
        pieces.map((piece) => piece.length),
        [2 ** 21, 2 ** 21, 5],
      );
      const whole = new Float32Array(length);
      for (const [index, piece] of pieces.entries()) whole.set(piece, index * 2 ** 21);
      assert.ok(Buffer.from(whole.buffer).equals(Buffer.from(values.buffer)));
    }
  });

  it('copies, so that a caller may change the result', () => {
    const source = Float32Array.of(1, 2);
    const tensor = fromFloat32(source, [2]);
    toFloat32(tensor)[0] = 9;
    assert.equal(source[0], 1);
  });

  it('refuses a shape that does not hold the values', () => {
    assert.throws(() => fromFloat32(Float32Array.of(1, 2, 3), [2, 2]), RangeError);
    assert.deepEqual(fromFloat32(Float32Array.of(1), [], 'F16').data, Uint8Array.of(0x00, 0x3c));
  });
});

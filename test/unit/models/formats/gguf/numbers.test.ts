import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { openGguf } from '#models/formats/gguf/read.ts';
import type { GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const path = join(folder, 'some.gguf');
const limit = BigInt(Number.MAX_SAFE_INTEGER);

describe('64-bit numbers', () => {
  const read = async (value: bigint): Promise<number> => {
    await writeGguf(path, new Map([['n', { type: 'int64', value }]]), []);
    const gguf = await openGguf(path);
    try {
      return gguf.number('n');
    } finally {
      await gguf.close();
    }
  };

  test('are given as they are or refused, never rounded', async () => {
    const near = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(limit, limit + 1n, -limit, -limit - 1n, 0n),
    );
    await fc.assert(
      fc.asyncProperty(near, async (value) => {
        if (value >= -limit && value <= limit) assert.equal(BigInt(await read(value)), value);
        else await assert.rejects(read(value), { name: 'FormatError', code: 'malformed' });
      }),
      { numRuns: 40 },
    );
  });
});

/** A header of metadata alone, by hand: the writer would not write what is tried here. */
function header(
  keys: readonly [key: string, type: number, value: Buffer][],
  tensors = Buffer.alloc(0),
): Buffer {
  const start = Buffer.alloc(24);
  start.write('GGUF');
  start.writeUInt32LE(3, 4);
  start.writeUInt32LE(tensors.length === 0 ? 0 : 1, 8);
  start.writeUInt32LE(keys.length, 16);
  const entries = keys.flatMap(([key, type, value]) => [text(key), uint32(type), value]);
  return Buffer.concat([start, ...entries, tensors]);
}
function uint32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
function text(value: string): Buffer {
  return Buffer.concat([uint32(value.length, 0), Buffer.from(value)]);
}
const [typeUint32, typeFloat32] = [4, 6];

describe('an alignment', () => {
  test('of 64 is where the data starts', async () => {
    const described = Buffer.concat([text('w'), uint32(1, 2, 0, 0, 0, 0)]);
    const start = header([['general.alignment', typeUint32, uint32(64)]], described);
    const whole = Buffer.alloc(192, 0xff);
    start.copy(whole);
    Buffer.from(Float32Array.of(3, 4).buffer).copy(whole, Math.ceil(start.length / 64) * 64);
    writeFileSync(path, whole);
    const gguf = await openGguf(path);
    assert.deepEqual(await gguf.readFloats('w'), Float32Array.of(3, 4));
    await gguf.close();
  });

  for (const value of [0, 4, 2 ** 31]) {
    test(`of ${value} is refused`, async () => {
      writeFileSync(path, header([['general.alignment', typeUint32, uint32(value)]]));
      await assert.rejects(openGguf(path), { code: 'malformed', message: new RegExp(`${value} bytes`) });
    });
  }
});

test('a model of one and a half parts is refused', async () => {
  const half = Buffer.from(Float32Array.of(1.5).buffer);
  writeFileSync(path, header([['split.count', typeFloat32, half]]));
  await assert.rejects(openGguf(path), { code: 'malformed', message: /split.count/ });
});

test('sizes whose product no number holds are truncated files', async () => {
  const sides = [0, 256, 0, 256, 0, 256, 0, 256]; // four times 2^40
  writeFileSync(path, header([], Buffer.concat([text('w'), uint32(4, ...sides, 0, 0, 0)])));
  await assert.rejects(openGguf(path), { code: 'truncated', message: /before w/ });
});

test('a key of many megabytes of text costs no more than the file holds', async () => {
  const claimed = Buffer.concat([uint32(12 << 20, 0), Buffer.from('x')]);
  const start = Buffer.alloc(24);
  start.write('GGUF');
  start.writeUInt32LE(3, 4);
  start.writeUInt32LE(1, 16);
  writeFileSync(path, Buffer.concat([start, claimed]));
  await assert.rejects(openGguf(path), { code: 'too_large' });
});

test('numbers outside their type are not written', async () => {
  const outside: GgufValue[] = [
    { type: 'uint8', value: 256 },
    { type: 'int16', value: -32_769 },
    { type: 'uint32', value: -1 },
  ];
  for (const value of outside)
    await assert.rejects(writeGguf(path, new Map([['n', value]]), []), RangeError, JSON.stringify(value));
});

for (const [type, value] of [
  ['uint64', 2n ** 64n],
  ['uint64', -1n],
  ['int64', 2n ** 63n],
] as const) {
  test(`${value} is not written as ${type}`, async () => {
    await assert.rejects(writeGguf(path, new Map([['n', { type, value }]]), []), RangeError);
  });
}

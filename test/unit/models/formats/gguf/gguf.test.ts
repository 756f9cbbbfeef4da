import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF32, type GgufValue, tensorBytes, tensorTypes } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const path = join(folder, 'some.gguf');

const array = (of: 'string' | 'int32', values: readonly (string | number)[]): GgufValue => ({
  type: 'array',
  of,
  values,
});

function floats(name: string, shape: readonly number[], values: ArrayLike<number>): TensorToWrite {
  return { name, shape, type: ggmlF32, data: () => [new Uint8Array(Float32Array.from(values).buffer)] };
}

const number = (type: 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32', min: number, max: number) =>
  fc.integer({ min, max }).map((value): GgufValue => ({ type, value }));
const anyValue: fc.Arbitrary<GgufValue> = fc.oneof(
  number('uint8', 0, 255),
  number('int8', -128, 127),
  number('uint16', 0, 65_535),
  number('int16', -32_768, 32_767),
  number('uint32', 0, 2 ** 32 - 1),
  number('int32', -(2 ** 31), 2 ** 31 - 1),
  fc.float({ noNaN: true }).map((value): GgufValue => ({ type: 'float32', value })),
  fc.double({ noNaN: true }).map((value): GgufValue => ({ type: 'float64', value })),
  fc.boolean().map((value): GgufValue => ({ type: 'bool', value })),
  fc.string({ unit: 'grapheme' }).map((value): GgufValue => ({ type: 'string', value })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): GgufValue => ({ type: 'uint64', value })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): GgufValue => ({ type: 'int64', value })),
  fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }).map((values) => array('string', values)),
  fc.array(fc.integer(), { maxLength: 5 }).map((values) => array('int32', values)),
);
const anyTensor = fc
  .record({
    name: fc.string(),
    type: fc.constantFrom(...tensorTypes.keys()),
    outer: fc.array(fc.nat(3), { maxLength: 3 }),
    blocks: fc.nat(3),
  })
  .chain(({ name, type, outer, blocks }) => {
    const shape = [...outer, blocks * (tensorTypes.get(type)?.blockValues ?? 1)];
    const size = tensorBytes({ shape, type }) ?? 0;
    return fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((bytes) => ({ name, shape, type, bytes, data: () => [bytes.subarray(0, 1), bytes.subarray(1)] }));
  });
const anyTensors = fc.uniqueArray(anyTensor, { selector: ({ name }) => name, maxLength: 4 });

describe('gguf', () => {
  test('reads back what it wrote: every kind of metadata, names, types, shapes, bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), anyValue), anyTensors, async (dictionary, tensors) => {
        // a key of the split's or the alignment's own means something and is tested apart
        const metadata = new Map(Object.entries(dictionary).map(([key, value]) => [`test.${key}`, value]));
        await writeGguf(path, metadata, tensors);
        const gguf = await openGguf(path);
        try {
          assert.deepEqual(new Map(gguf.metadata), metadata);
          assert.deepEqual(
            [...gguf.tensors.keys()],
            tensors.map(({ name }) => name),
          );
          for (const { name, shape, type, bytes } of tensors) {
            const stored = gguf.tensor(name);
            assert.deepEqual([stored.shape, stored.type, stored.offset % 32], [shape, type, 0]);
            assert.deepEqual(new Uint8Array(await gguf.readBytes(name)), bytes);
          }
        } finally {
          await gguf.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('reads no bytes outside a tensor, and no tensor that is not there', async () => {
    await writeGguf(path, new Map(), [floats('w', [2], [1, 2])]);
    const gguf = await openGguf(path);
    assert.throws(() => gguf.tensor('v'), { code: 'no_such_tensor', message: /v/ });
    assert.throws(() => gguf.readBytes('w', 4, 5), RangeError);
    assert.throws(() => gguf.readBytes('w', -1, 2), RangeError);
    await gguf.close();
  });

  test('typed getters refuse a value of another kind', async () => {
    const metadata = new Map<string, GgufValue>([
      ['count', { type: 'uint64', value: 7n }],
      ['name', { type: 'string', value: 'seven' }],
      ['list', array('int32', [7])],
    ]);
    await writeGguf(path, metadata, []);
    const gguf = await openGguf(path);
    assert.equal(gguf.number('count'), 7);
    assert.equal(gguf.string('name'), 'seven');
    for (const key of ['name', 'list', 'absent'])
      assert.throws(() => gguf.number(key), { code: 'malformed', message: new RegExp(key) });
    for (const key of ['count', 'list', 'absent'])
      assert.throws(() => gguf.string(key), { code: 'malformed', message: new RegExp(key) });
    await gguf.close();
  });

  test('writing all or nothing: data that does not fill its shape leaves the old file', async () => {
    await writeGguf(path, new Map(), [floats('good', [2], [1, 2])]);
    const good = readFileSync(path);
    for (const wrong of [floats('short', [3], [1, 2]), floats('long', [1], [1, 2])])
      await assert.rejects(writeGguf(path, new Map(), [wrong]), { message: /shape needs/ });
    await assert.rejects(writeGguf(path, new Map(), [{ ...floats('x', [33], []), type: 8 }]), RangeError);
    assert.deepEqual(readFileSync(path), good);
    assert.ok(!existsSync(`${path}.part`));
  });
});

describe('a split gguf', () => {
  const part = (number: number, count = 2) => join(folder, `s-0000${number}-of-0000${count}.gguf`);
  const splitKeys = (number: number, tensors = 2): Map<string, GgufValue> =>
    new Map<string, GgufValue>([
      ['split.no', { type: 'uint16', value: number - 1 }],
      ['split.count', { type: 'uint16', value: 2 }],
      ['split.tensors.count', { type: 'int32', value: tensors }],
    ]);

  test('is read as one model', async () => {
    await writeGguf(part(1), splitKeys(1), [floats('a', [1], [1])]);
    await writeGguf(part(2), splitKeys(2), [floats('b', [1], [2])]);
    const gguf = await openGguf(part(1));
    assert.deepEqual([...(await gguf.readFloats('a')), ...(await gguf.readFloats('b'))], [1, 2]);
    assert.deepEqual([gguf.tensor('a').path, gguf.tensor('b').path], [part(1), part(2)]);
    await gguf.close();
  });

  test('is refused with a part missing, renamed, doubled or of another model', async () => {
    await writeGguf(part(1), splitKeys(1), [floats('a', [1], [1])]);
    await writeGguf(part(2), splitKeys(2), [floats('a', [1], [2])]);
    await assert.rejects(openGguf(part(1)), { code: 'malformed', message: /two tensors are named a/ });
    await writeGguf(part(2), splitKeys(2), []);
    await assert.rejects(openGguf(part(1)), { code: 'malformed', message: /1 tensors.*2/ });
    await writeGguf(part(2), splitKeys(1), [floats('b', [1], [2])]);
    await assert.rejects(openGguf(part(1)), { code: 'malformed', message: /split.no/ });
    await assert.rejects(openGguf(part(2)), { code: 'malformed', message: /name/ });
    renameSync(part(2), part(3, 3));
    await assert.rejects(openGguf(part(1)), { code: 'unreadable' });
    await writeGguf(path, new Map([['split.count', { type: 'uint32', value: 1001 }]]), []);
    await assert.rejects(openGguf(path), { code: 'malformed', message: /split.count/ });
  });
});

/** A small file whose every byte means something. */
async function small(): Promise<Buffer> {
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['tokens', array('string', ['a', 'b'])],
    ['count', { type: 'uint64', value: 2n }],
  ]);
  await writeGguf(path, metadata, [floats('w', [2, 3], [1, 2, 3, 4, 5, 6])]);
  return readFileSync(path);
}

describe('a hostile gguf', () => {
  test('is a clear error wherever it is cut', async () => {
    const whole = await small();
    for (let length = 0; length < whole.length - 8; length++) {
      writeFileSync(path, whole.subarray(0, length));
      await assert.rejects(openGguf(path), { name: 'FormatError' }, `cut to ${length} bytes`);
    }
  });

  test('is read or refused, whatever its bytes are changed to', async () => {
    const whole = await small();
    const change = fc.record({ place: fc.nat(whole.length - 1), byte: fc.nat(255) });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const { place: index, byte } of changes) bytes[index] = byte;
        writeFileSync(path, bytes);
        try {
          const gguf = await openGguf(path);
          for (const name of gguf.tensors.keys()) await gguf.readBytes(name);
          await gguf.close();
        } catch (error) {
          refused += 1;
          assert.equal(error instanceof Error && error.name, 'FormatError', String(error));
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(refused > 100);
  });

  /** Bytes of a header with nothing in it but what is given. */
  const header = (version: number, tensors: bigint, keys: bigint, rest = Buffer.alloc(0)) => {
    const start = Buffer.alloc(24);
    start.write('GGUF');
    start.writeUInt32LE(version, 4);
    start.writeBigUInt64LE(tensors, 8);
    start.writeBigUInt64LE(keys, 16);
    return Buffer.concat([start, rest]);
  };
  const text = (value: string, claimed = BigInt(value.length)) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(claimed);
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const tensor = (name: string, side: number, type: number, offset: number) =>
    Buffer.concat([text(name), words(1, side, 0, type, offset, 0)]);

  const cases: Record<string, [bytes: Buffer, code: string, problem: RegExp]> = {
    'not a GGUF': [Buffer.from('GGML0000000000000000000000000000'), 'unsupported', /not a GGUF/],
    'version 1': [header(1, 0n, 0n), 'unsupported', /version 1/],
    'version 3 of the other byte order': [header(0x03000000, 0n, 0n), 'unsupported', /version/],
    'too many tensors': [header(3, 2n ** 63n, 0n), 'too_large', /tensors/],
    'too many keys': [header(3, 0n, 2n ** 63n), 'too_large', /keys/],
    'an endless text': [header(3, 0n, 1n, text('x', 2n ** 62n)), 'too_large', /text/],
    'an endless list': [
      header(3, 0n, 1n, Buffer.concat([text('x'), words(9, 0, 0xffffffff, 0xffffffff)])),
      'too_large',
      /items in x/,
    ],
    'a list of lists': [header(3, 0n, 1n, Buffer.concat([text('x'), words(9, 9, 0, 0)])), 'unsupported', /x/],
    'an unknown kind of value': [
      header(3, 0n, 1n, Buffer.concat([text('x'), words(13, 0)])),
      'malformed',
      /x/,
    ],
    'a key named twice': [
      header(3, 0n, 2n, Buffer.concat([text('x'), words(4, 0), text('x'), words(4, 0)])),
      'malformed',
      /x twice/,
    ],
    'five axes': [header(3, 1n, 0n, Buffer.concat([text('w'), words(5)])), 'malformed', /5 axes/],
    'an unknown tensor type': [header(3, 1n, 0n, tensor('w', 4, 4, 0)), 'unsupported', /w has type 4/],
    'data behind the end': [
      header(3, 1n, 0n, Buffer.concat([tensor('w', 4, 0, 64), Buffer.alloc(64)])),
      'truncated',
      /before w/,
    ],
    'data off its alignment': [
      header(3, 1n, 0n, Buffer.concat([tensor('w', 1, 0, 4), Buffer.alloc(64)])),
      'malformed',
      /w starts at 4/,
    ],
    'two tensors in one place': [
      header(3, 2n, 0n, Buffer.concat([tensor('v', 16, 0, 0), tensor('w', 1, 0, 32), Buffer.alloc(128)])),
      'malformed',
      /v and w/,
    ],
    'an absurd alignment': [
      header(3, 0n, 1n, Buffer.concat([text('general.alignment'), words(4, 7)])),
      'malformed',
      /7 bytes/,
    ],
  };
  for (const [name, [bytes, code, problem]] of Object.entries(cases)) {
    test(`${name} is ${code}`, async () => {
      writeFileSync(path, bytes);
      await assert.rejects(openGguf(path), { name: 'FormatError', code, message: problem });
    });
  }

  test('an absent file and a folder are unreadable', async () => {
    await assert.rejects(openGguf(join(folder, 'absent.gguf')), { code: 'unreadable' });
    await assert.rejects(openGguf(folder), { code: 'unreadable' });
  });
});

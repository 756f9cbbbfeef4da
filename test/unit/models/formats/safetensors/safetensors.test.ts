import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FormatError, type FormatErrorCode } from '#models/formats/format-error.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { type NamedTensor, writeSafetensors } from '#models/formats/safetensors/write.ts';
import { type DType, dtypeBytes, fromFloat32, toFloat32 } from '#models/formats/tensor-data.ts';
import { golden } from '#test/helpers/goldens.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const path = join(folder, 'some.safetensors');

function encode(header: unknown, data = Buffer.alloc(0)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

async function refuses(bytes: Uint8Array, code: FormatErrorCode, problem: RegExp): Promise<void> {
  writeFileSync(path, bytes);
  await assert.rejects(openSafetensors(path), (error) => {
    assert.ok(error instanceof FormatError);
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(`${path}: `));
    assert.match(error.message, problem);
    return true;
  });
}

const anyTensor = fc
  .record({
    name: fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a.b', '1'), fc.string()),
    dtype: fc.constantFrom(...(Object.keys(dtypeBytes) as DType[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  })
  .filter(({ name }) => name !== '__metadata__')
  .chain(({ name, dtype, shape }) => {
    const bytes = shape.reduce((n, side) => n * side, dtypeBytes[dtype]);
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((data): NamedTensor => ({ name, dtype, shape, data }));
  });

describe('safetensors', () => {
  it('reads back what it wrote, whatever the names, types and shapes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyTensor, { selector: (tensor) => tensor.name, maxLength: 6 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        async (tensors, metadata) => {
          await writeSafetensors(path, tensors, metadata);
          const file = await openSafetensors(path);
          try {
            assert.deepEqual([...file.names].sort(), tensors.map(({ name }) => name).sort());
            assert.deepEqual(new Map(file.metadata), new Map(Object.entries(metadata)));
            for (const { name, dtype, shape, data } of tensors) {
              assert.ok(file.has(name));
              assert.deepEqual(file.info(name), { dtype, shape });
              assert.deepEqual(new Uint8Array((await file.read(name)).data), data);
            }
          } finally {
            await file.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves the old file as it was when writing fails', async () => {
    const good: NamedTensor = { name: 'good', ...fromFloat32(Float32Array.of(1, 2), [2]) };
    await writeSafetensors(path, [good]);
    await assert.rejects(writeSafetensors(path, [good, good]), /taken/);
    await assert.rejects(writeSafetensors(path, [{ ...good, shape: [3] }]), /has 8 bytes/);
    await assert.rejects(writeSafetensors(join(folder, 'absent', 'x'), [good]), { code: 'ENOENT' });
    const file = await openSafetensors(path);
    assert.deepEqual([...toFloat32(await file.read('good'))], [1, 2]);
    await file.close();
    assert.deepEqual(readdirSync(folder), ['some.safetensors']);
  });

  it('names the tensor that is not there', async () => {
    await writeSafetensors(path, []);
    const file = await openSafetensors(path);
    assert.equal(file.has('toString'), false);
    await assert.rejects(file.read('toString'), {
      code: 'no_such_tensor',
      message: `${path}: has no tensor "toString"`,
    });
    await file.close();
  });

  it('refuses what is not a file', async () => {
    await assert.rejects(openSafetensors(join(folder, 'absent')), { code: 'unreadable', message: /ENOENT/ });
    await assert.rejects(openSafetensors(folder), { code: 'unreadable', message: /not a file/ });
  });

  it('refuses a header that lies', async () => {
    const f32 = (begin: unknown, end: unknown, shape: unknown = [1]) => ({
      dtype: 'F32',
      shape,
      data_offsets: [begin, end],
    });
    const four = Buffer.alloc(4);
    await refuses(Buffer.alloc(0), 'truncated', /too short/);
    await refuses(Buffer.from('this is no tensor file'), 'too_large', /claims a header/);
    await refuses(encode('{}').subarray(0, 9), 'truncated', /inside its header/);
    await refuses(encode('{"a":'), 'malformed', /not a JSON object/);
    await refuses(encode('[1]'), 'malformed', /not a JSON object/);
    await refuses(encode(`${'['.repeat(1e6)}`), 'malformed', /not a JSON object/);
    await refuses(encode({ a: 7 }), 'malformed', /entry "a"/);
    await refuses(encode({ a: f32(-4, 0) }, four), 'malformed', /entry "a"/);
    await refuses(encode({ a: f32(0, 4, [0.5, 2]) }, four), 'malformed', /entry "a"/);
    await refuses(encode({ a: f32(0, 4, [2]) }, four), 'malformed', /has 4 bytes/);
    await refuses(encode({ a: f32(0, 4, [2 ** 50, 2 ** 50]) }, four), 'malformed', /has 4 bytes/);
    await refuses(encode({ a: { ...f32(0, 4), dtype: 'F31' } }, four), 'unsupported', /type "F31"/);
    await refuses(encode({ a: f32(0, 4) }), 'truncated', /before the data of tensor "a"/);
    await refuses(encode({ a: f32(0, 4), b: f32(0, 4) }, four), 'malformed', /"b" overlaps/);
    await refuses(encode({ a: f32(4, 8) }, Buffer.alloc(8)), 'malformed', /"a" leaves a hole/);
    await refuses(encode({ a: f32(0, 4) }, Buffer.alloc(8)), 'malformed', /4 bytes that belong to no tensor/);
    await refuses(encode({ __metadata__: { a: 1 } }), 'malformed', /__metadata__.a/);
  });

  it('answers any damage with a FormatError or the right bytes', async () => {
    await writeSafetensors(path, [{ name: 'a', ...fromFloat32(Float32Array.of(1, 2, 3), [3]) }], { k: 'v' });
    const whole = readFileSync(path);
    const damaged = join(folder, 'damaged.safetensors');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [index, value] of changes) bytes[index] = value;
          writeFileSync(damaged, bytes.subarray(0, length));
          try {
            const file = await openSafetensors(damaged);
            try {
              for (const name of file.names) await file.read(name);
            } finally {
              await file.close();
            }
          } catch (error) {
            assert.ok(error instanceof FormatError, String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  const reference = golden('mug-stan-tiny/clip.safetensors');
  it('reads the reference weights', { skip: reference.skip }, async () => {
    const file = await openSafetensors(reference.path);
    try {
      const name = 'vision_model.embeddings.class_embedding';
      const { dtype, shape } = file.info(name);
      assert.equal(dtype, 'F32');
      const values = toFloat32(await file.read(name));
      assert.equal(values.length, shape[0]);
      assert.ok(values.every((value) => Number.isFinite(value) && Math.abs(value) < 10));
      assert.ok(values.some((value) => value !== 0));
    } finally {
      await file.close();
    }
  });
});

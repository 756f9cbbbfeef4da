import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FormatError } from '#models/formats/format-error.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { type TensorFile, toFloat32 } from '#models/formats/tensor-data.ts';
import { openTorchCheckpoint } from '#models/formats/torch/read.ts';
import { golden } from '#test/helpers/goldens.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import {
  assemble,
  call,
  dict,
  global,
  int,
  tensor,
  text,
  writeCheckpoint,
} from '#bench/public-weights/write-checkpoint.ts';

const folder = tempFolder();
const path = join(folder, 'some.pth');
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

async function values(name: string): Promise<number[]> {
  const file = await openTorchCheckpoint(path);
  try {
    return [...toFloat32(await file.read(name))];
  } finally {
    await file.close();
  }
}

const pair = tensor({ elements: 2, shape: [2], strides: [1] });

describe('torch checkpoints', () => {
  for (const [where, pickle] of [
    ['state_dict', dict(text('meta'), dict(), text('state_dict'), dict(text('w'), pair))],
    ['model', dict(text('model'), dict(text('w'), pair))],
    ['the top', dict(text('w'), pair)],
  ] as const) {
    it(`finds the state dict under ${where}`, async () => {
      writeCheckpoint(path, pickle, { 0: floats(1.5, -2) });
      assert.deepEqual(await values('w'), [1.5, -2]);
    });
  }

  it('reads parameters, ordered dicts with attributes, and keys that mean something to JavaScript', async () => {
    const parameter = call(global('torch._utils', '_rebuild_parameter'), pair, '\x88', dict());
    const ordered = assemble(
      call(global('collections', 'OrderedDict')),
      assemble('(', text('__proto__'), parameter, text('note'), int(7), 'u'),
      assemble(dict(text('_metadata'), dict()), 'b'),
    );
    writeCheckpoint(path, ordered, { 0: floats(1, 2) });
    const file = await openTorchCheckpoint(path);
    assert.deepEqual(file.names, ['__proto__']);
    assert.deepEqual(file.info('__proto__'), { dtype: 'F32', shape: [2] });
    assert.equal(file.has('constructor'), false);
    await assert.rejects(file.read('constructor'), { code: 'no_such_tensor' });
    await file.close();
    assert.deepEqual(await values('__proto__'), [1, 2]);
  });

  it('packs transposed and sliced views', async () => {
    const transposed = tensor({ elements: 6, shape: [3, 2], strides: [1, 3] });
    const column = tensor({ elements: 6, offset: 1, shape: [2], strides: [3] });
    const scalar = tensor({ elements: 6, offset: 4, shape: [], strides: [] });
    const empty = tensor({ elements: 6, offset: 6, shape: [0, 3], strides: [3, 1] });
    const views = dict(text('t'), transposed, text('c'), column, text('s'), scalar, text('e'), empty);
    writeCheckpoint(path, views, { 0: floats(0, 1, 2, 3, 4, 5) });
    assert.deepEqual(await values('t'), [0, 3, 1, 4, 2, 5]);
    assert.deepEqual(await values('c'), [1, 4]);
    assert.deepEqual(await values('s'), [4]);
    assert.deepEqual(await values('e'), []);
  });

  it('reads half floats and integers', async () => {
    const half = tensor({ type: 'HalfStorage', elements: 2, shape: [2], strides: [1] });
    const long = tensor({ type: 'LongStorage', key: '1', elements: 1, shape: [1], strides: [1] });
    const storages = { 0: Buffer.from([0, 0x3c, 0, 0xc0]), 1: Buffer.from(BigInt64Array.of(-5n).buffer) };
    writeCheckpoint(path, dict(text('h'), half, text('l'), long), storages);
    assert.deepEqual(await values('h'), [1, -2]);
    assert.deepEqual(await values('l'), [-5]);
  });
});

describe('the reference checkpoints', () => {
  const weights = golden('mug-stan-tiny/mug_stan.pth');
  const same = golden('mug-stan-tiny/clip.safetensors');
  const adapter = golden('mug-stan-tiny/btadapter.pth');

  it('hold the tower that clip.safetensors holds', { skip: weights.skip || same.skip }, async () => {
    const torch = await openTorchCheckpoint(weights.path);
    const clip = await openSafetensors(same.path);
    assert.equal(torch.names.length, 254);
    for (const name of [
      'vision_model.embeddings.class_embedding',
      'vision_model.embeddings.position_embedding.weight',
    ]) {
      const expected = await clip.read(name);
      const found = await torch.read(name.replace('vision_model.embeddings', 'backbone'));
      assert.deepEqual(found.shape, expected.shape);
      assert.deepEqual(toFloat32(found), toFloat32(expected));
    }
    await torch.close();
    await clip.close();
  });

  it('read whole, with finite values', { skip: weights.skip || adapter.skip }, async () => {
    for (const reference of [weights, adapter]) {
      const file = await openTorchCheckpoint(reference.path);
      for (const name of file.names) {
        assert.ok(
          toFloat32(await file.read(name)).every((value) => Number.isFinite(value)),
          name,
        );
      }
      await file.close();
    }
  });

  it('answer any damage with a FormatError or the right values', { skip: weights.skip }, async () => {
    const whole = readFileSync(weights.path);
    const intact = await openTorchCheckpoint(weights.path);
    const damaged = join(folder, 'damaged.pth');
    // The pickle and the zip directory are where damage is interesting: at the start and at the end.
    const index = fc.oneof(
      fc.nat(40_000),
      fc.nat(30_000).map((n) => whole.length - 1 - n),
      fc.nat(whole.length - 1),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: fc.constant(whole.length) }, { weight: 1, arbitrary: index }),
        fc.array(fc.tuple(index, fc.nat(255)), { maxLength: 3 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [i, value] of changes) bytes[i] = value;
          writeFileSync(damaged, bytes.subarray(0, length));
          await sameOrRefused(intact, damaged);
        },
      ),
      { numRuns: 50 },
    );
    await intact.close();
  });
});

async function sameOrRefused(intact: TensorFile, damaged: string): Promise<void> {
  try {
    const file = await openTorchCheckpoint(damaged);
    try {
      // Every part carries a checksum, so what is not refused must be right.
      assert.deepEqual(file.names, intact.names);
      for (const name of file.names.slice(0, 5))
        assert.deepEqual(await file.read(name), await intact.read(name));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

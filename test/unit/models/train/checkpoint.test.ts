import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '#models/train/checkpoint.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const file = join(folder, 'some.safetensors');

const name = fc.stringMatching(/^[a-z][a-z0-9._]{0,12}$/);
const vectors = fc.dictionary(name, fc.float32Array({ minLength: 1, maxLength: 6, noNaN: true }), {
  maxKeys: 4,
});
const anyCheckpoint: fc.Arbitrary<Checkpoint> = fc.record({
  weights: vectors.map((all) => new Map(Object.entries(all))),
  state: fc.record({ step: fc.nat(), vectors }),
  finished: fc.boolean(),
});

describe('a checkpoint', () => {
  test('is read as it was written; a finished one drops the memory of its optimiser', async () => {
    await fc.assert(
      fc.asyncProperty(anyCheckpoint, async (checkpoint) => {
        await saveCheckpoint(file, checkpoint);
        const found = await loadCheckpoint(file);
        assert.ok(found);
        // the file need not keep an order
        assert.deepEqual(Object.fromEntries(found.weights), Object.fromEntries(checkpoint.weights));
        assert.equal(found.state.step, checkpoint.state.step);
        assert.deepEqual(
          { ...found.state.vectors },
          checkpoint.finished ? {} : { ...checkpoint.state.vectors },
        );
        assert.equal(found.finished, checkpoint.finished);
      }),
      { numRuns: 25 },
    );
    assert.deepEqual(readdirSync(folder), ['some.safetensors']);
  });

  test('that is not there yet is none', async () => {
    assert.equal(await loadCheckpoint(join(folder, 'absent.safetensors')), undefined);
  });

  test('that was cut is an error, not a fresh start', async () => {
    const weights = new Map([['w', Float32Array.of(1, 2, 3, 4)]]);
    await saveCheckpoint(file, { weights, state: { step: 3, vectors: {} }, finished: false });
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 4));
    await assert.rejects(loadCheckpoint(file), { name: 'FormatError' });
  });
});

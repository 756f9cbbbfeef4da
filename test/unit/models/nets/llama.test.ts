import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compile } from '#models/graph/run.ts';
import { input } from '#models/graph/tensor.ts';
import { textTokens } from '#models/nets/clip.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { WeightSet } from '#models/nets/weights.ts';
import { initialValue } from '#models/train/initialise.ts';

const [vocabulary, length] = [11, 6];
const llm = { vocabulary, width: 16, layers: 2, heads: 2, mlpWidth: 24, epsilon: 1e-5, ropeBase: 10_000 };
const text = { vocabulary, width: 8, layers: 2, heads: 2, mlpWidth: 16, epsilon: 1e-5, context: 8 };

/** Output rows, one a token, of the LLM and of CLIP's text tower. */
async function read(ids: readonly number[], ropeBase = llm.ropeBase) {
  const set = new WeightSet();
  const tokens = input('ids', [1, length], 'int64');
  const config = { ...llm, ropeBase };
  const outputs = {
    llm: llamaDecoder(set.get, embedTokens(set.get, tokens, config), config),
    text: textTokens(set.get, tokens, text, 4),
  };
  const value = (name: string) => initialValue(name, set.tensors.get(name)!.shape.map(Number), 4);
  const graph = await compile(outputs, value, { threads: 1 });
  const results = await graph.run({ ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, length] } });
  await graph.release();
  return {
    llm: rows(results['llm']!, vocabulary),
    text: rows(results['text']!, 4),
  };
}

function rows(all: Float32Array, width: number): number[][] {
  return Array.from({ length }, (_, row) => [...all.slice(row * width, (row + 1) * width)]);
}

function near(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, index) => Math.abs(value - b[index]!) < 1e-5);
}

const anyIds = fc.array(fc.nat(vocabulary - 1), { minLength: length, maxLength: length });

describe('the decoder and the text tower', () => {
  test('never look ahead: a changed token changes nothing before it, and something from it on', async () => {
    const change = fc.tuple(anyIds, fc.nat(length - 1), fc.integer({ min: 1, max: vocabulary - 1 }));
    await fc.assert(
      fc.asyncProperty(change, async ([ids, index, by]) => {
        const [one, other] = await Promise.all([
          read(ids),
          read(ids.with(index, (ids[index]! + by) % vocabulary)),
        ]);
        for (const net of ['llm', 'text'] as const) {
          for (let row = 0; row < index; row++) assert.ok(near(one[net][row]!, other[net][row]!));
          assert.ok(!near(one[net][index]!, other[net][index]!));
        }
      }),
      { numRuns: 6 },
    );
  });

  test('know the order of what is before', async () => {
    const [one, other] = await Promise.all([read([1, 2, 3, 4, 5, 6]), read([2, 1, 3, 4, 5, 6])]);
    for (const net of ['llm', 'text'] as const) assert.ok(!near(one[net].at(-1)!, other[net].at(-1)!));
  });

  test("the decoder's positions are relative and its first token is turned by none", async () => {
    const [one, other] = await Promise.all([read([7, 7, 7, 7, 7, 7]), read([7, 7, 7, 7, 7, 7], 10)]);
    // the same token everywhere: every mixture of its values is its value, however they are turned
    for (const row of one.llm) assert.ok(near(row, one.llm[0]!));
    assert.ok(near(one.llm[0]!, other.llm[0]!));
    const [mixed, turned] = await Promise.all([read([1, 2, 3, 4, 5, 6]), read([1, 2, 3, 4, 5, 6], 10)]);
    assert.ok(near(mixed.llm[0]!, turned.llm[0]!));
    assert.ok(!near(mixed.llm[5]!, turned.llm[5]!));
  });
});

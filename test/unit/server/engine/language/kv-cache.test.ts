import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { describe, test } from 'node:test';
import { checkMemory, describeKvCache, kvCacheBytes } from '#engine/language/kv-cache.ts';

/** LLaMA 7B: 32 layers, 32 key heads of 128. */
const llama7b = { layers: 32, keyWidth: 4096, valueWidth: 4096 };
const mebibyte = 2 ** 20;

describe('the memory of the KV cache', () => {
  // what llama.cpp prints for the same: "KV self size = 2048.00 MiB, K (f16): 1024.00 MiB, V (f16): 1024.00 MiB"
  test('is what llama.cpp allocates for LLaMA 7B at 4096 tokens', () => {
    const bytes = (type: 'f16' | 'q8_0') =>
      kvCacheBytes(llama7b, { contextSize: 4096, sequences: 1, type }) / mebibyte;
    assert.equal(bytes('f16'), 2048);
    assert.equal(bytes('q8_0'), 1088);
  });

  test('grows with the conversations, and is stated', () => {
    const shape = { contextSize: 4096, sequences: 4, type: 'f16' } as const;
    const bytes = kvCacheBytes(llama7b, shape);
    assert.equal(describeKvCache(bytes, shape), '4 conversations x 4096 tokens: 8.0 GiB of KV cache (f16)');
  });

  test('that cannot fit is refused, naming the settings', () => {
    assert.throws(() => checkMemory({ model: 0, kvCache: 2 * totalmem() }, 'many conversations'), {
      code: 'invalid_request',
      message: /many conversations .* do not fit into .* PARALLEL_CONVERSATIONS .* KV_TYPE/,
    });
    checkMemory({ model: mebibyte, kvCache: mebibyte }, 'few conversations');
  });
});

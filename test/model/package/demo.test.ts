import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { openGguf } from '#models/formats/gguf/read.ts';
import { toOrt } from '#models/graph/run.ts';
import { openSession } from '#models/graph/session.ts';
import { loadPackage } from '#models/package/load.ts';
import { packageFiles, videoTokenText } from '#models/package/manifest.ts';
import { tokenizerJson } from '#models/package/tokenizer-json.ts';
import { readTemplate } from '#models/package/read-template.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { worldWords } from '#models/world/vocabulary.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const folder = smallPackage;

describe('the package that is shipped', async () => {
  const { manifest, path } = await loadPackage(folder);
  const tokenizer = new WordTokenizer(worldWords());
  const { imageSize, maxFrames, tokens, width } = manifest.vision;

  test('its words are those of the small world, its template the one that is kept beside the code', async () => {
    assert.equal(await readFile(path(packageFiles.tokenizer), 'utf8'), tokenizerJson(tokenizer));
    assert.deepEqual(manifest.language.template, await readTemplate('demo'));
    const { bos: start, eos: end, pad } = tokenizer;
    const { context, logitScale, width: jointWidth, ...special } = manifest.retrieval!;
    assert.deepEqual(special, { start, end, pad });
    assert.ok(context > 2 && logitScale > 0 && jointWidth > 0);
  });

  test('its LLM has a row for each word and each token of each clip, the clips’ empty', async () => {
    const llm = await openGguf(path(packageFiles.llmBody));
    try {
      const { slots } = manifest.language;
      const listed = llm.metadata.get('tokenizer.ggml.tokens');
      assert.ok(listed?.type === 'array');
      const words = tokenizer.tokens.length;
      assert.deepEqual(listed.values.slice(0, words), tokenizer.tokens);
      assert.equal(listed.values.length, words + slots * tokens);
      assert.equal(listed.values.at(-1), videoTokenText(slots - 1, tokens - 1));
      const table = await llm.readFloats('token_embd.weight');
      assert.ok(table.subarray(words * width).every((value) => value === 0));
      assert.ok(table.subarray(0, words * width).every(Number.isFinite));
    } finally {
      await llm.close();
    }
  });

  test('its encoders agree that frames backwards are another clip and plain tokens do not', async () => {
    const count = maxFrames * 3 * imageSize ** 2;
    // a bright column that wanders from left to right
    const pixels = Float32Array.from({ length: count }, (_, index) => {
      const frame = Math.floor(index / (3 * imageSize ** 2));
      const column = index % imageSize;
      return Math.abs(column - (frame + 0.5) * (imageSize / maxFrames)) < 6 ? 1.5 : -1;
    });
    const each = count / maxFrames;
    const backwards = Float32Array.from(
      { length: count },
      (_, index) => pixels[(maxFrames - 1 - Math.floor(index / each)) * each + (index % each)]!,
    );
    const session = await openSession(path(packageFiles.chatEncoder), { threads: 1 });
    const encode = async (clip: Float32Array) => {
      const results = await session.run({
        pixels: toOrt(clip, [maxFrames, 3, imageSize, imageSize]),
        positions: toOrt(
          BigInt64Array.from({ length: maxFrames }, (_, frame) => BigInt(frame)),
          [maxFrames],
        ),
      });
      return [results['video_tokens'], results['plain_tokens']].map((tensor) => tensor!.data as Float32Array);
    };
    const [[video, plain], [videoBack, plainBack]] = [await encode(pixels), await encode(backwards)];
    await session.release();
    assert.ok(distance(plain!, plainBack!) < 1e-3);
    assert.ok(distance(video!, videoBack!) > 0.1);
  });
});

/** The largest difference beside the largest value. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0) / largest;
}

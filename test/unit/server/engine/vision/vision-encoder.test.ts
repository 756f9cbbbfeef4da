import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeOnnx, type OnnxNode } from '#models/formats/onnx/write.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import type { PixelTensor } from '#engine/types.ts';
import { VisionEncoder } from '#engine/vision/vision-encoder.ts';
import { AppError } from '#errors';

const folder = await mkdtemp(join(tmpdir(), 'stan-llava-vision-'));
after(() => rm(folder, { recursive: true, force: true }));

const vision: PackageManifest['vision'] = {
  imageSize: 8,
  patchSize: 4,
  frames: 2,
  maxFrames: 3,
  resize: 'squash',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  tap: 'last',
  tapNorm: 'none',
  fusion: 'sum',
  cls: 'none',
  tokens: 3,
  width: 64,
};
const packaged: PackageManifest = {
  format: 1,
  name: 'tiny',
  version: '1',
  licence: 'MIT',
  about: '',
  sources: [],
  files: {},
  vision,
  language: {
    context: 64,
    slots: 1,
    template: {
      name: 'none',
      bos: false,
      system: '',
      user: '',
      afterVideo: '',
      assistant: '',
      eosAfterAnswer: false,
    },
  },
};

function node(opType: string, inputs: string[], output: string): OnnxNode {
  const attributes: OnnxNode['attributes'] = opType === 'Cast' ? { to: { int: 1 } } : {};
  return { opType, domain: '', inputs, outputs: [output], attributes: { ...attributes } };
}

/** video = mean over frames + sum of positions; plain = -sqrt(mean over frames); both [3, 64]. */
async function tinyEncoder(name: string, width = vision.width): Promise<string> {
  const ints = (...values: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  const model = encodeOnnx({
    name: 'tiny',
    inputs: [
      { name: 'pixels', dtype: 'float32', shape: ['T', 3, 8, 8] },
      { name: 'positions', dtype: 'int64', shape: ['T'] },
    ],
    outputs: [
      { name: 'video_tokens', dtype: 'float32', shape: [192 / width, width] },
      { name: 'plain_tokens', dtype: 'float32', shape: [192 / width, width] },
    ],
    initializers: [
      { name: 'first', dtype: 'int64', shape: [1], data: ints(0) },
      { name: 'flat', dtype: 'int64', shape: [2], data: ints(-1, width) },
    ],
    nodes: [
      node('ReduceMean', ['pixels', 'first'], 'mean'),
      node('Reshape', ['mean', 'flat'], 'tokens'),
      node('Cast', ['positions'], 'times'),
      node('ReduceSum', ['times', 'first'], 'sum'),
      node('Add', ['tokens', 'sum'], 'video_tokens'),
      node('Sqrt', ['tokens'], 'root'),
      node('Neg', ['root'], 'plain_tokens'),
    ],
  });
  await writeFile(join(folder, name), model);
  return join(folder, name);
}

const path = await tinyEncoder('tiny.onnx');
const load = (index: string, manifest = packaged): Promise<VisionEncoder> =>
  VisionEncoder.load({ manifest, path: () => index }, { threads: 1 });

function filled(frames: number, value: number): PixelTensor {
  return { data: new Float32Array(frames * 192).fill(value), shape: [frames, 3, 8, 8] };
}

function withCode(code: string, message: RegExp) {
  return (error: unknown): boolean =>
    error instanceof AppError && error.code === code && message.test(error.message);
}

test('the mode chooses the output; positions count the frames', async () => {
  const encoder = await load(path);
  const stan = await encoder.encode(filled(3, 4), { mode: 'stan' });
  assert.deepEqual([stan.count, stan.width, stan.data.length], [3, 64, 192]);
  assert.ok(stan.data.every((value) => value === 4 + 0 + 1 + 2));
  const plain = await encoder.encode(filled(1, 4), { mode: 'plain' });
  assert.ok(plain.data.every((value) => value === -2));
  await encoder.dispose();
});

test('an encoder for even clips sees the last frame of an odd one twice', async () => {
  const encoder = await load(path, { ...packaged, vision: { ...packaged.vision, evenFrames: true } });
  const odd = filled(3, 4);
  odd.data.fill(8, 2 * 192);
  const tokens = await encoder.encode(odd, { mode: 'stan' });
  assert.ok(tokens.data.every((value) => value === (4 + 4 + 8 + 8) / 4 + 0 + 1 + 2 + 3));
  const even = await encoder.encode(filled(2, 4), { mode: 'stan' });
  assert.ok(even.data.every((value) => value === 4 + 0 + 1));
  await encoder.dispose();
});

test('runs at the same time do not mix', async () => {
  const encoder = await load(path);
  const runs = [1, 2, 3, 4, 5].map((value) => encoder.encode(filled(1, value), { mode: 'stan' }));
  const results = await Promise.all(runs);
  assert.deepEqual(
    results.map(({ data }) => data[100]),
    [1, 2, 3, 4, 5],
  );
  await encoder.dispose();
});

test('pixels of another shape are refused before the run', async () => {
  const encoder = await load(path);
  await assert.rejects(
    encoder.encode(filled(4, 1), { mode: 'stan' }),
    /\[4, 3, 8, 8\], \[1\.\.3, 3, 8, 8\] expected/,
  );
  const short: PixelTensor = { data: new Float32Array(5), shape: [1, 3, 8, 8] };
  await assert.rejects(encoder.encode(short, { mode: 'stan' }), /5 numbers, 192 expected/);
  await encoder.dispose();
});

test('tokens that are not finite are not passed on', async () => {
  const encoder = await load(path);
  const negative = encoder.encode(filled(1, -1), { mode: 'plain' });
  await assert.rejects(negative, withCode('package_invalid', /not finite/));
  await encoder.dispose();
});

test('a graph that is not what the manifest says is refused at load', async () => {
  const narrow = await tinyEncoder('narrow.onnx', 32);
  await assert.rejects(
    load(narrow),
    withCode('package_invalid', /float32\[6, 32\] as video_tokens.*\[3, 64\]/),
  );
  await writeFile(join(folder, 'text.onnx'), 'not a graph');
  await assert.rejects(load(join(folder, 'text.onnx')), withCode('package_invalid', /cannot be loaded/));
});

test('an aborted run and a disposed encoder refuse', async () => {
  const encoder = await load(path);
  const aborted = encoder.encode(filled(1, 1), { mode: 'stan', signal: AbortSignal.abort() });
  await assert.rejects(aborted, withCode('cancelled', /cancelled/));
  await Promise.all([encoder.dispose(), encoder.dispose()]);
  await assert.rejects(encoder.encode(filled(1, 1), { mode: 'stan' }), withCode('cancelled', /shut down/));
});

test('a package without tokens of each frame gives them frame by frame', async () => {
  const encoder = await load(path);
  const clip = filled(2, 4);
  clip.data.fill(9, 192);
  const { data, count, parts } = await encoder.encode(clip, { mode: 'frames' });
  await encoder.dispose();
  assert.deepEqual([count, parts?.at(-1)], [6, { rows: 6 }]);
  assert.deepEqual([...new Set(data.subarray(0, 192))], [-2]);
  assert.deepEqual([...new Set(data.subarray(192))], [-3]);
});

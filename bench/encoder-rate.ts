import { join } from 'node:path';
import { type InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { compile } from '#models/graph/run.ts';
import { openSession } from '#models/graph/session.ts';
import { input, parameter } from '#models/graph/tensor.ts';
import { toOnnx } from '#models/graph/to-onnx.ts';
import { patchCount } from '#models/nets/clip.ts';
import { WeightSet } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { chatEncoder } from '#models/package/encoders.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { demoArchitecture } from '#models/train/architecture.ts';
import { encoderFlops } from './encoder-flops.ts';
import { bestMilliseconds } from './timing.ts';

export type EncoderSize = 'demo' | 'b16';

export interface EncoderRate {
  readonly size: EncoderSize;
  readonly frames: number;
  readonly gflop: number;
  /** Milliseconds of one clip. */
  readonly encode: number;
  /** GFLOP/s: of the encoder, of a square matrix product, of the products one tower layer is made of. */
  readonly rate: { readonly encoder: number; readonly square: number; readonly towerShapes: number };
  /** The encoder's rate over each of the two. */
  readonly share: { readonly ofSquare: number; readonly ofTowerShapes: number };
}

/** ViT-B/16 with a branch of four layers, for LLaVA-1.5's width. Only what the encoder uses differs from the demo's. */
function b16Architecture(): Architecture {
  const demo = demoArchitecture(1);
  const layer = { width: 768, heads: 12, mlpWidth: 3072, epsilon: 1e-5 };
  return {
    ...demo,
    tower: { ...layer, layers: 12, imageSize: 224, patchSize: 16 },
    stan: { depth: 4, interval: 1, temporal: 'attention', maxFrames: 64 },
    projector: { kind: 'mlp', width: 4096 },
    frames: 8,
  };
}

export function architectureOf(size: EncoderSize): Architecture {
  return size === 'demo' ? demoArchitecture(1) : b16Architecture();
}

/** The encoder's speed beside that of onnxruntime's own matrix product, all cores, in this very process. */
export async function measureEncoder(
  size: EncoderSize,
  frames: number,
  folder: string,
): Promise<EncoderRate> {
  const arch = architectureOf(size);
  const { width, mlpWidth } = arch.tower;
  const rows = frames * (patchCount(arch.tower) + 1);
  const large = 2048;

  const before = await productRate(large, [large, large]);
  const towerShapes = await productRate(rows, [width, width, mlpWidth, width]);
  const encode = await encodeTime(size, arch, frames, folder);
  // a machine slows down when it is warm: the yardstick is the better of before and after
  const square = Math.max(before, await productRate(large, [large, large]));

  const gflop = encoderFlops(arch, frames) / 1e9;
  const encoder = gflop / (encode / 1000);
  return {
    size,
    frames,
    gflop,
    encode,
    rate: { encoder, square, towerShapes },
    share: { ofSquare: encoder / square, ofTowerShapes: encoder / towerShapes },
  };
}

/** GFLOP/s of [rows, w_0] times [w_0, w_1], times [w_1, w_2] and so on, in one graph. */
async function productRate(rows: number, widths: readonly number[]): Promise<number> {
  const [first = 1] = widths;
  let product = input('x', [rows, first]);
  let flops = 0;
  for (const [index, out] of widths.slice(1).entries()) {
    const inner = widths[index] ?? first;
    product = matmul(product, parameter(`w${index}`, [inner, out]));
    flops += 2 * rows * inner * out;
  }
  const sizes = new Map(widths.slice(1).map((out, index) => [`w${index}`, (widths[index] ?? first) * out]));
  const graph = await compile({ product }, (name) => someValues(sizes.get(name) ?? 0));
  const x = { data: someValues(rows * first), shape: [rows, first] };
  try {
    return flops / 1e6 / (await bestMilliseconds(() => graph.run({ x })));
  } finally {
    await graph.release();
  }
}

async function encodeTime(
  size: EncoderSize,
  arch: Architecture,
  frames: number,
  folder: string,
): Promise<number> {
  const session = await openSession(
    size === 'demo' ? join(folder, packageFiles.chatEncoder) : untrainedEncoder(arch),
  );
  try {
    return await bestMilliseconds(() => encodeOnce(session, arch, frames));
  } finally {
    await session.release();
  }
}

function encodeOnce(session: InferenceSession, { tower }: Architecture, frames: number): Promise<unknown> {
  const shape = [frames, 3, tower.imageSize, tower.imageSize];
  const positions = BigInt64Array.from({ length: frames }, (_, t) => BigInt(t));
  const feeds = {
    pixels: new OrtTensor('float32', someValues(frames * 3 * tower.imageSize ** 2), shape),
    positions: new OrtTensor('int64', positions, [frames]),
  };
  return session.run(feeds, ['video_tokens']);
}

function untrainedEncoder(arch: Architecture): Uint8Array {
  const weights = new WeightSet();
  const outputs = chatEncoder(weights.get, arch);
  const sizes = new Map(
    [...weights.tensors].map(([name, { shape }]) => [
      name,
      shape.reduce<number>((n, dim) => n * Number(dim), 1),
    ]),
  );
  return encodeOnnx(toOnnx('encoder', outputs, (name) => someValues(sizes.get(name) ?? 0)));
}

const noise = Float32Array.from({ length: 9973 }, (_, index) => 0.04 * Math.sin(index * index));

/** Numbers of a weight's usual size: which ones does not change the speed, except that tiny ones would be slow. */
function someValues(count: number): Float32Array {
  const values = new Float32Array(count);
  for (let start = 0; start < count; start += noise.length) {
    values.set(noise.subarray(0, Math.min(noise.length, count - start)), start);
  }
  return values;
}

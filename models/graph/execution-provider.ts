import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { matmul } from './ops/matmul.ts';
import { softmax } from './ops/reduce.ts';
import { floats, noParameters, toOrt } from './run.ts';
import { openSession } from './session.ts';
import { input } from './tensor.ts';
import { toOnnx } from './to-onnx.ts';

/** What onnxruntime computes with. */
export type ProviderName = 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu';

export interface ChosenProvider {
  readonly name: ProviderName;
  /** Those that were to be taken first, and why they were not. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly name: ProviderName;
  readonly reason: string;
}

/** Largest difference from the CPU's numbers, which are at most 1: GPUs multiply in fewer bits. */
const tolerance = 5e-3;
const [rows, side] = [8, 32];

/**
 * The first of `candidates` that is installed and gives the CPU's numbers for a small net; the CPU where none does. Throws
 * nothing.
 */
export async function chooseProvider(
  candidates: readonly ProviderName[],
  installed: readonly string[] = installedProviders(),
): Promise<ChosenProvider> {
  const refused: Refused[] = [];
  for (const name of candidates) {
    const reason = installed.includes(name) ? await problemWith(name) : 'not installed';
    if (reason === undefined) return { name, refused };
    refused.push({ name, reason });
  }
  return { name: 'cpu', refused };
}

/** Providers of this machine's onnxruntime; those that come as files of their own only where the files are. */
function installedProviders(): string[] {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    `bin/napi-v6/${process.platform}/${process.arch}`,
  );
  const hasFile = (name: string): boolean =>
    [`libonnxruntime_providers_${name}.so`, `onnxruntime_providers_${name}.dll`].some((file) =>
      existsSync(join(folder, file)),
    );
  return listSupportedBackends().flatMap(({ name, bundled }) => (bundled || hasFile(name) ? [name] : []));
}

async function problemWith(provider: ProviderName): Promise<string | undefined> {
  try {
    const [expected, found] = [await probe('cpu'), await probe(provider)];
    const differs = expected.some((value, i) => !(Math.abs(value - (found[i] ?? Number.NaN)) <= tolerance));
    return differs ? 'its numbers are not those of the CPU' : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The last sentence of what onnxruntime says; places in its sources stand before it. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.trim().split('\n');
  return (line.split(/ was false\. |: FAIL : /).at(-1) ?? line).slice(0, 200);
}

/** softmax(x w) of made-up numbers: [rows, side]. */
async function probe(provider: ProviderName): Promise<Float32Array> {
  const [x, w] = [input('x', [rows, side]), input('w', [side, side])];
  const graph = toOnnx('probe', { y: softmax(matmul(x, w), 1) }, noParameters);
  const session = await openSession(encodeOnnx(graph), { provider });
  try {
    const waves = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i));
    const feeds = { x: toOrt(waves(rows * side), [rows, side]), w: toOrt(waves(side * side), [side, side]) };
    return floats('y', (await session.run(feeds))['y']);
  } finally {
    await session.release();
  }
}

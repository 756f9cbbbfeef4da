import {
  type ChosenProvider,
  chooseProvider,
  type ProviderName,
  type Refused,
  reasonOf,
} from '#models/graph/execution-provider.ts';
import type { LoadedPackage } from '#models/package/load.ts';
import type { GpuChoice } from '../language/load-llama.ts';
import { VisionEncoder, type VisionEncoderOptions } from './vision-encoder.ts';

/** Providers that are tried for a GPU, in turn. */
const providersFor: Readonly<Record<GpuChoice, readonly ProviderName[]>> = {
  off: [],
  auto: ['cuda', 'coreml', 'dml', 'webgpu'],
  cuda: ['cuda'],
  metal: ['coreml', 'webgpu'],
  vulkan: ['webgpu'],
};

export interface LoadedVisionEncoder {
  readonly encoder: VisionEncoder;
  readonly provider: ProviderName;
  /** One line: what onnxruntime computes with, and why not with something else. */
  readonly description: string;
}

/** What onnxruntime would compute with. */
export function chooseEncoderProvider(gpu: GpuChoice): Promise<ChosenProvider> {
  return chooseProvider(providersFor[gpu]);
}

/**
 * The package's chat encoder on the first of the GPU's providers that runs it, else on the CPU. Throws as
 * `VisionEncoder.load`.
 */
export async function loadVisionEncoder(
  modelPackage: LoadedPackage,
  gpu: GpuChoice,
  options: Pick<VisionEncoderOptions, 'maxWaiting'>,
): Promise<LoadedVisionEncoder> {
  const { name, refused } = await chooseEncoderProvider(gpu);
  if (name === 'cpu') return onCpu(modelPackage, options, refused);
  let encoder: VisionEncoder | undefined;
  try {
    encoder = await VisionEncoder.load(modelPackage, { ...options, provider: name });
    const { imageSize } = modelPackage.manifest.vision;
    const black = new Float32Array(2 * 3 * imageSize ** 2);
    await encoder.encode({ data: black, shape: [2, 3, imageSize, imageSize] }, { mode: 'stan' });
    return { encoder, provider: name, description: describeProvider({ name, refused }) };
  } catch (error) {
    await encoder?.dispose();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return onCpu(modelPackage, options, [...refused, { name, reason: reasonOf(cause) }]);
  }
}

async function onCpu(
  modelPackage: LoadedPackage,
  options: Pick<VisionEncoderOptions, 'maxWaiting'>,
  refused: readonly Refused[],
): Promise<LoadedVisionEncoder> {
  const encoder = await VisionEncoder.load(modelPackage, options);
  return { encoder, provider: 'cpu', description: describeProvider({ name: 'cpu', refused }) };
}

export function describeProvider({ name, refused }: ChosenProvider): string {
  const reasons = refused.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return `encoders on ${name === 'cpu' ? 'the CPU' : name}${reasons && ` (${reasons})`}`;
}

import { availableParallelism } from 'node:os';
import {
  getLlama,
  type Llama,
  type LlamaContext,
  LlamaLogLevel,
  type LlamaModel,
  TokenBias,
} from 'node-llama-cpp';
import { AppError } from '#errors';
import { checkMemory, describeKvCache, kvCacheBytes, kvCacheShape, type KvCacheType } from './kv-cache.ts';

/** Bytes. Below this size thread synchronisation costs more than it saves: 100 times more on busy cores. */
const worthThreads = 256 << 20;

/** Where the LLM runs. `auto`: on a GPU where llama.cpp finds one that it can use. */
export type GpuChoice = 'auto' | 'cuda' | 'vulkan' | 'metal' | 'off';

export interface LlamaOptions {
  /** First file of the split LLM. */
  readonly body: string;
  /** Tokens one sequence can hold. */
  readonly contextSize: number;
  readonly sequences: number;
  /** Default `off`. */
  readonly gpu?: GpuChoice | undefined;
  /** Layers on the GPU; as many as fit unless given. */
  readonly gpuLayers?: number | undefined;
  /** Type of the KV cache. Default `f16`; a quantised one needs flash attention, which is then on. */
  readonly kvType?: KvCacheType | undefined;
  readonly signal?: AbortSignal;
}

export interface LoadedLlama {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  /** One line: the device, the layers on it, and the memory of the KV cache. */
  readonly description: string;
  dispose(): Promise<void>;
}

const ggmlTypes = { f32: 'F32', f16: 'F16', q8_0: 'Q8_0' } as const satisfies Record<KvCacheType, string>;

/**
 * Loads the memory-mapped LLM with node-llama-cpp's prebuilt binaries. Throws `package_invalid` if llama.cpp refuses it,
 * `invalid_request` for a GPU that is not there and for a KV cache that does not fit.
 */
export async function loadLlama(options: LlamaOptions): Promise<LoadedLlama> {
  const { body, contextSize, sequences, gpu = 'off', gpuLayers, kvType: type = 'f16', signal } = options;
  const llama = await openBackend(gpu);
  try {
    const model = await llama.loadModel({
      modelPath: body,
      useMmap: true,
      gpuLayers: llama.gpu === false ? 0 : (gpuLayers ?? 'auto'),
      ...(signal !== undefined && { loadSignal: signal }),
    });
    const kvCache = kvCacheBytes(kvCacheShape(model), { contextSize, sequences, type });
    const memory = describeKvCache(kvCache, { contextSize, sequences, type });
    if (llama.gpu === false) checkMemory({ model: model.size, kvCache }, memory);
    const context = await model.createContext({
      contextSize,
      sequences,
      threads: model.size < worthThreads ? 1 : availableParallelism(),
      flashAttention: type === 'q8_0' ? true : 'auto',
      experimentalKvCacheKeyType: ggmlTypes[type],
      experimentalKvCacheValueType: ggmlTypes[type],
      ...(signal !== undefined && { createSignal: signal }),
    });
    return {
      llama,
      model,
      context,
      description: await describe(llama, model, memory),
      dispose: () => llama.dispose(),
    };
  } catch (error) {
    await llama.dispose();
    signal?.throwIfAborted();
    if (error instanceof AppError) throw error;
    const message =
      'llama.cpp could not load the language model; the package is damaged or the memory too small.';
    throw new AppError('package_invalid', message, { cause: error });
  }
}

/** `on the CPU`, or the GPU and its name. Throws `invalid_request` for one that is not there. */
export async function llamaDevice(gpu: GpuChoice): Promise<string> {
  const llama = await openBackend(gpu);
  try {
    return await whereItRuns(llama);
  } finally {
    await llama.dispose();
  }
}

async function openBackend(gpu: GpuChoice): Promise<Llama> {
  const backend = gpu === 'off' ? false : gpu;
  const missing = `GPU=${gpu}: llama.cpp finds no such device or binary here; install the driver of the device, or set GPU=off.`;
  let llama: Llama;
  try {
    llama = await getLlama({ gpu: backend, build: 'never', logLevel: LlamaLogLevel.fatal });
  } catch (cause) {
    throw new AppError('invalid_request', missing, { cause });
  }
  if (gpu === 'auto' || llama.gpu === backend) return llama;
  await llama.dispose();
  throw new AppError('invalid_request', missing);
}

async function describe(llama: Llama, model: LlamaModel, memory: string): Promise<string> {
  const where = `LLM ${await whereItRuns(llama)}`;
  if (where.startsWith('LLM on the CPU')) return `${where}; ${memory}`;
  return `${where}, ${model.gpuLayers} of ${model.fileInsights.totalLayers} layers; ${memory}`;
}

/** A backend for GPUs may be there without one. */
export async function whereItRuns(llama: Pick<Llama, 'gpu' | 'getGpuDeviceNames'>): Promise<string> {
  if (llama.gpu === false) return 'on the CPU';
  const names = await llama.getGpuDeviceNames();
  return names.length === 0
    ? `on the CPU (${llama.gpu} finds no GPU)`
    : `on ${llama.gpu} (${names.join(', ')})`;
}

/**
 * Bias that excludes control tokens from sampling, video rows among them: their output weights are zeros, so their logit
 * would be 0 and not minus infinity. End-of-text tokens stay allowed.
 */
export function forbidControlTokens(model: LlamaModel): TokenBias {
  const control = [...model.iterateAllTokens()].filter((token) => model.getTokenAttributes(token).control);
  return new TokenBias(model.tokenizer).set(control, 'never');
}

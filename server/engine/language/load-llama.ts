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

/** Bytes. Below this size thread synchronisation costs more than it saves: 100 times more on busy cores. */
const worthThreads = 256 << 20;

export interface LlamaOptions {
  /** First file of the split LLM. */
  readonly body: string;
  /** Tokens one sequence can hold. */
  readonly contextSize: number;
  readonly sequences: number;
  /** Default false: the CPU. */
  readonly gpu?: boolean;
  /** Of the KV cache. Default F16. */
  readonly cacheType?: 'F16' | 'F32';
  readonly signal?: AbortSignal;
}

export interface LoadedLlama {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  dispose(): Promise<void>;
}

/** Loads the memory-mapped LLM with node-llama-cpp's prebuilt binaries. Throws `package_invalid` if llama.cpp refuses it. */
export async function loadLlama(options: LlamaOptions): Promise<LoadedLlama> {
  const { body, contextSize, sequences, gpu = false, cacheType = 'F16', signal } = options;
  const llama = await getLlama({ gpu: gpu ? 'auto' : false, build: 'never', logLevel: LlamaLogLevel.fatal });
  try {
    const abort = signal === undefined ? {} : { loadSignal: signal };
    const model = await llama.loadModel({ modelPath: body, useMmap: true, ...abort });
    const context = await model.createContext({
      contextSize,
      sequences,
      threads: model.size < worthThreads ? 1 : availableParallelism(),
      experimentalKvCacheKeyType: cacheType,
      experimentalKvCacheValueType: cacheType,
      ...(signal === undefined ? {} : { createSignal: signal }),
    });
    return { llama, model, context, dispose: () => llama.dispose() };
  } catch (error) {
    await llama.dispose();
    signal?.throwIfAborted();
    const message =
      'llama.cpp could not load the language model; the package is damaged or the memory too small.';
    throw new AppError('package_invalid', message, { cause: error });
  }
}

/**
 * Bias that excludes control tokens from sampling, video rows among them: their output weights are zeros, so their logit
 * would be 0 and not minus infinity. End-of-text tokens stay allowed.
 */
export function forbidControlTokens(model: LlamaModel): TokenBias {
  const control = [...model.iterateAllTokens()].filter((token) => model.getTokenAttributes(token).control);
  return new TokenBias(model.tokenizer).set(control, 'never');
}

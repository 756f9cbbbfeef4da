import { totalmem } from 'node:os';
import type { LlamaModel } from 'node-llama-cpp';
import { AppError } from '#errors';

/** Types of the KV cache, and the bytes of 32 values in each (ggml's block size). */
const bytesOf32 = { f32: 128, f16: 64, q8_0: 34 } as const;

export type KvCacheType = keyof typeof bytesOf32;
export const kvCacheTypes: readonly KvCacheType[] = ['f16', 'q8_0', 'f32'];

export interface KvCacheShape {
  /** Transformer layers. */
  readonly layers: number;
  /** Values of one token's keys in one layer: key heads times head width; and those of its values. */
  readonly keyWidth: number;
  readonly valueWidth: number;
}

/** Sizes of the KV cache from the GGUF metadata that llama.cpp reads itself (`attention.head_count_kv` and others). */
export function kvCacheShape({ fileInfo }: Pick<LlamaModel, 'fileInfo'>): KvCacheShape {
  const { architectureMetadata: about } = fileInfo;
  const { block_count: layers, embedding_length: width, attention } = about;
  const heads = single(attention?.head_count) ?? 1;
  const kvHeads = single(attention?.head_count_kv) ?? heads;
  if (layers === undefined || width === undefined) {
    throw new AppError('package_invalid', 'The language model does not state its layers and width.');
  }
  const headWidth = width / heads;
  return {
    layers,
    keyWidth: kvHeads * (attention?.key_length ?? headWidth),
    valueWidth: kvHeads * (attention?.value_length ?? headWidth),
  };
}

/** Bytes of the KV cache of all sequences together. */
export function kvCacheBytes(
  { layers, keyWidth, valueWidth }: KvCacheShape,
  {
    contextSize,
    sequences,
    type,
  }: { readonly contextSize: number; readonly sequences: number; readonly type: KvCacheType },
): number {
  const values = layers * (keyWidth + valueWidth) * contextSize * sequences;
  return (values * bytesOf32[type]) / 32;
}

/** `4 conversations x 4096 tokens: 2.0 GiB of KV cache (f16)` */
export function describeKvCache(
  bytes: number,
  {
    contextSize,
    sequences,
    type,
  }: { readonly contextSize: number; readonly sequences: number; readonly type: KvCacheType },
): string {
  return `${sequences} conversations x ${contextSize} tokens: ${gibibytes(bytes)} of KV cache (${type})`;
}

/**
 * Refuses a KV cache that cannot fit beside the model into the memory of this machine or its container, before llama.cpp
 * allocates it and the system ends the process. Throws `invalid_request`, naming the settings.
 */
export function checkMemory(
  needed: { readonly model: number; readonly kvCache: number },
  description: string,
): void {
  const limit = process.constrainedMemory() ?? 0;
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  if (needed.model + needed.kvCache <= memory) return;
  const message =
    `${description} and a model of ${gibibytes(needed.model)} do not fit into ${gibibytes(memory)} of memory; ` +
    'set PARALLEL_CONVERSATIONS lower, or KV_TYPE to q8_0.';
  throw new AppError('invalid_request', message);
}

function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 0.1 ? `${gib.toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function single(value: number | readonly number[] | undefined): number | undefined {
  return typeof value === 'object' ? Math.max(...value) : value;
}

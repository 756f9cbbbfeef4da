import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Llama, Values } from './llama.ts';
import { tokenizerJson, tokenizerModel } from './tokenizer-files.ts';
import { huggingFaceWeights, type Make, writeWeights } from './weights.ts';

export interface FolderOptions {
  /** Default `original`. */
  readonly make?: Make;
  /** Default F32. */
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Default 1: one file, no index. */
  readonly shards?: number;
  /** Default `model`. */
  readonly tokenizer?: 'model' | 'json' | 'none';
  /** Laid over the section of `config.json` that the LLM has. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Told the tensors before they are written, to change them. */
  readonly change?: (weights: Map<string, Values>) => void;
  /** More files, by name: texts, or what becomes JSON. */
  readonly files?: Readonly<Record<string, unknown>>;
}

/** Writes a Hugging Face folder of a LLaMA: the inverse of its conversion to GGUF. */
export async function writeLlamaFolder(folder: string, llama: Llama, options: FolderOptions = {}) {
  const {
    make = 'original',
    dtype = 'F32',
    shards = 1,
    tokenizer = 'model',
    config,
    change,
    files,
  } = options;
  await mkdir(folder, { recursive: true });
  const weights = huggingFaceWeights(llama, make);
  change?.(weights);
  await writeWeights(folder, weights, { dtype, shards });
  const own = { ...llamaConfig(llama), ...config };
  const whole = make === 'original' ? own : { model_type: 'llava', text_config: own };
  const byTokenizer = {
    model: { 'tokenizer.model': tokenizerModel(llama.tokens) },
    json: { 'tokenizer.json': tokenizerJson(llama.tokens) },
    none: {},
  }[tokenizer];
  for (const [name, content] of Object.entries({ 'config.json': whole, ...byTokenizer, ...files })) {
    const asIs = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(folder, name), asIs ? content : JSON.stringify(content));
  }
}

function llamaConfig({ sizes, epsilon, ropeBase, context }: Llama) {
  return {
    model_type: 'llama',
    hidden_size: sizes.width,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
    num_key_value_heads: sizes.kvHeads,
    intermediate_size: sizes.mlpWidth,
    vocab_size: sizes.vocabulary,
    hidden_act: 'silu',
    rms_norm_eps: epsilon,
    rope_theta: ropeBase,
    max_position_embeddings: context,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import { readJson } from '../read-json.ts';

/** What a LLaMA's configuration states; sizes that its weights' shapes tell are left to those. */
export interface StatedLlama {
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; undefined where it does not say. */
  readonly kvHeads: number | undefined;
  readonly epsilon: number;
  readonly ropeBase: number;
  /** Positions are divided by this (linear scaling); 1 where they are not. */
  readonly ropeFactor: number;
  /** Most tokens it was made for. */
  readonly context: number;
  readonly tied: boolean;
  readonly bos: number;
  /** The first one where there are several. */
  readonly eos: number;
}

const count = z
  .int()
  .positive()
  .max(2 ** 31 - 1);
const tokenId = z.int().nonnegative();
const ropeBase = z.number().min(1).max(1e12);
const rope = z.object({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  factor: z.number().min(1e-3).max(1e6).optional(),
  rope_theta: ropeBase.optional(),
});

/** transformers' `LlamaConfig` and `MistralConfig`, with the defaults that a `config.json` may rely on. */
const llamaConfig = z.object({
  model_type: z.string().default('llama'),
  num_hidden_layers: count.default(32),
  num_attention_heads: count.default(32),
  num_key_value_heads: count.nullish(),
  rms_norm_eps: z.number().min(1e-12).max(1).default(1e-6),
  rope_theta: ropeBase.default(10_000),
  rope_scaling: rope.nullish(),
  /** Since version 5 in place of both. */
  rope_parameters: rope.nullish(),
  max_position_embeddings: count.default(2048),
  sliding_window: count.nullish(),
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.string().default('silu'),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId).min(1)]).nullish(),
});
const wholeConfig = llamaConfig.extend({ text_config: llamaConfig.nullish() });

/** What the LLaMA or Mistral calls itself alone, and inside the original LLaVA. */
const families = new Set(['llama', 'mistral', 'llava', 'llava_llama', 'llava_mistral']);

/** Reads a folder's `config.json`; inside a LLaVA of llava-hf's make the LLM has a section of its own. Throws `FormatError`. */
export async function readLlamaConfig(folder: string): Promise<StatedLlama> {
  const path = join(folder, 'config.json');
  const whole = await readJson(path, wholeConfig);
  if (whole === undefined) throw new FormatError('unreadable', path, 'is not there; is it a model folder?');
  const config = whole.text_config ?? whole;
  const refuse = (problem: string) => new FormatError('unsupported', path, problem);
  if (!families.has(config.model_type)) {
    const remedy = "convert it with llama.cpp's converter and import the GGUF";
    throw refuse(`its language model is ${config.model_type}, neither LLaMA nor Mistral; ${remedy}`);
  }
  if (config.hidden_act !== 'silu') throw refuse(`its activation is ${config.hidden_act}, not LLaMA's silu`);
  const rotary = config.rope_parameters ?? config.rope_scaling ?? {};
  const scaling = rotary.rope_type ?? rotary.type ?? 'default';
  if (scaling !== 'default' && scaling !== 'linear') {
    const found = JSON.stringify(scaling);
    throw refuse(`its rotary positions are scaled as ${found}; only linear scaling is read`);
  }
  if (scaling === 'linear' && rotary.factor === undefined) {
    throw new FormatError('malformed', path, 'scales its rotary positions by no factor');
  }
  const eos = config.eos_token_id ?? 2;
  return {
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads ?? undefined,
    epsilon: config.rms_norm_eps,
    ropeBase: rotary.rope_theta ?? config.rope_theta,
    ropeFactor: scaling === 'linear' ? (rotary.factor ?? 1) : 1,
    // beyond its window a Mistral forgets, which llama.cpp does not imitate for it
    context: Math.min(config.max_position_embeddings, config.sliding_window ?? Number.POSITIVE_INFINITY),
    tied: config.tie_word_embeddings,
    bos: config.bos_token_id ?? 1,
    eos: Array.isArray(eos) ? (eos[0] ?? 2) : eos,
  };
}

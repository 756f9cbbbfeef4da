import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '../../formats/format-error.ts';
import { readJson } from '../read-json.ts';

/** What the weights do not tell of a LLaMA; the rest is read off their shapes. */
export interface StatedLlama {
  readonly heads: number;
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

const ropeScaling = z.object({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  factor: z.number().positive().optional(),
});

const tokenId = z.int().nonnegative();

/** transformers' `LlamaConfig` and `MistralConfig`, with the defaults that a `config.json` may rely on. */
const llamaConfig = z.object({
  model_type: z.string().default('llama'),
  num_attention_heads: z.int().positive().default(32),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10_000),
  rope_scaling: ropeScaling.nullish(),
  max_position_embeddings: z.int().positive().default(2048),
  sliding_window: z.int().positive().nullish(),
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
  const scaling = config.rope_scaling?.rope_type ?? config.rope_scaling?.type ?? 'default';
  if (scaling !== 'default' && scaling !== 'linear') {
    throw refuse(
      `its rotary positions are scaled as ${JSON.stringify(scaling)}; only linear scaling is read`,
    );
  }
  const eos = config.eos_token_id ?? 2;
  return {
    heads: config.num_attention_heads,
    epsilon: config.rms_norm_eps,
    ropeBase: config.rope_theta,
    ropeFactor: scaling === 'linear' ? (config.rope_scaling?.factor ?? 1) : 1,
    // beyond its window a Mistral forgets, which llama.cpp does not imitate for it
    context: Math.min(config.max_position_embeddings, config.sliding_window ?? Number.POSITIVE_INFINITY),
    tied: config.tie_word_embeddings,
    bos: config.bos_token_id ?? 1,
    eos: Array.isArray(eos) ? (eos[0] ?? 2) : eos,
  };
}

/** The LLM's names behind each make's prefix: llava-hf's old and new ones, then LLaVA's and a LLaMA's own. */
const prefix = /^(?:language_model\.model\.|model\.language_model\.|language_model\.|model\.)?/;

const whole = new Map([
  ['embed_tokens.weight', 'token_embd.weight'],
  ['norm.weight', 'output_norm.weight'],
  ['lm_head.weight', 'output.weight'],
]);

const inLayer = new Map([
  ['self_attn.q_proj.weight', 'attn_q.weight'],
  ['self_attn.k_proj.weight', 'attn_k.weight'],
  ['self_attn.v_proj.weight', 'attn_v.weight'],
  ['self_attn.o_proj.weight', 'attn_output.weight'],
  ['mlp.gate_proj.weight', 'ffn_gate.weight'],
  ['mlp.up_proj.weight', 'ffn_up.weight'],
  ['mlp.down_proj.weight', 'ffn_down.weight'],
  ['input_layernorm.weight', 'attn_norm.weight'],
  ['post_attention_layernorm.weight', 'ffn_norm.weight'],
]);

/** Parts of a LLaVA that are not its LLM, and tables of angles that old checkpoints carry and nobody reads. */
const elsewhere =
  /(^|\.)(vision_tower|multi_modal_projector|mm_projector)\.|(^|\.)image_newline$|\.rotary_emb\.inv_freq$/;

/** llama.cpp's name of a LLaMA's tensor; undefined for one of the vision side, 'unknown' for what no LLaMA has. */
export function ggufName(name: string): string | undefined {
  if (elsewhere.test(name)) return undefined;
  const bare = name.replace(prefix, '');
  const [, layer, part = ''] = /^layers\.(\d+)\.(.+)$/.exec(bare) ?? [];
  const found = layer === undefined ? whole.get(bare) : inLayer.get(part);
  if (found === undefined) return 'unknown';
  return layer === undefined ? found : `blk.${Number(layer)}.${found}`;
}

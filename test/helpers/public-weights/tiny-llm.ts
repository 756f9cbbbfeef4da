import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { writeLlm } from '#models/package/write-llm.ts';
import type { Architecture } from '#models/package/architecture.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';

/** The LLM of an architecture as a GGUF with a vocabulary of made-up words and 512 tokens of context. */
export function writeTinyLlm(
  path: string,
  weights: NetWeights,
  { llm: config }: Architecture,
  name = 'tiny',
): Promise<void> {
  const words = Array.from({ length: config.vocabulary - 259 }, (_, i) => `word${i}`);
  const isLlms = /^(blk|output|output_norm|token_embd)\./;
  const tensors = new Map([...weights].filter(([tensor]) => isLlms.test(tensor)));
  return writeLlm(path, { name, config, context: 512, tokenizer: new WordTokenizer(words), tensors });
}

import llamaTokenizer from 'llama-tokenizer-js';
import { llamaMetadata } from '#models/convert/llama/metadata.ts';
import { type LlamaSizes, tensorShapes } from '#models/convert/llama/sizes.ts';
import { type Token, tokenType } from '#models/convert/llama/token.ts';
import { ggmlF32 } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';

const { unknown, control, byte, normal } = tokenType;

/** LLaMA's 32,000 tokens, behind them `added` control tokens. Pairs merge in the order that the package lists them in. */
export function llamaVocabulary(added: readonly string[] = []): Token[] {
  const indices = new Map<string, number>();
  for (const [pair, index] of llamaTokenizer.merges) {
    const text = pair.replace(' ', '');
    indices.set(text, Math.min(index, indices.get(text) ?? index));
  }
  const own = llamaTokenizer.vocabById.map((text, id): Token => {
    const special = id === 0 ? unknown : id < 3 ? control : undefined;
    return { text, score: -(indices.get(text) ?? 1e6), type: special ?? (id < 259 ? byte : normal) };
  });
  return [...own, ...added.map((text): Token => ({ text, score: 0, type: control }))];
}

/** A GGUF that knows LLaMA's real vocabulary and nothing else: one layer of zeros. */
export async function writeLlamaVocabulary(path: string, added: readonly string[] = []): Promise<void> {
  const tokens = llamaVocabulary(added);
  const sizes: LlamaSizes = {
    width: 32,
    layers: 1,
    heads: 2,
    kvHeads: 2,
    headWidth: 16,
    mlpWidth: 32,
    vocabulary: tokens.length,
  };
  const stated = {
    layers: 1,
    heads: 2,
    kvHeads: 2,
    epsilon: 1e-6,
    ropeBase: 10_000,
    ropeFactor: 1,
    context: 512,
    tied: false,
    bos: 1,
    eos: 2,
  };
  const metadata = llamaMetadata(stated, sizes, { tokens, spacePrefix: true }, { bos: 1, eos: 2 });
  await writeGguf(
    path,
    metadata,
    tensorShapes(sizes, false).map(([name, shape]) => {
      const size = shape.reduce((product, side) => product * side, 4);
      return { name, shape, type: ggmlF32, data: () => [new Uint8Array(size)] };
    }),
  );
}

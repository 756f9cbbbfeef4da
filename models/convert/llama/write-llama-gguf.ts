import { encodeFloats, type WrittenType } from '#models/formats/gguf/encode.ts';
import { ggmlF16, ggmlF32, ggmlQ8_0 } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { llamaMetadata } from './metadata.ts';
import { openLlama } from './open-llama.ts';
import { pairNeighbours } from './rotary-rows.ts';

/** How matrices are stored; vectors are F32 and token embeddings F16 in any case. */
export type MatrixType = 'f16' | 'q8_0';

/**
 * Writes the LLM of a Hugging Face folder, a LLaMA's, Vicuna's or Mistral's own or inside a LLaVA, as a GGUF file, one
 * tensor in memory at a time, as it is stored; `onProgress` is told bytes, of how many. Throws `FormatError`, which
 * names the file and what is wrong with it.
 */
export async function writeLlamaGguf(
  folder: string,
  out: string,
  matrices: MatrixType,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const { stated, sizes, shapes, vocabulary, ends, weights, close } = await openLlama(folder);
  try {
    const tensors = shapes.map(([name, shape]): TensorToWrite => {
      const type = typeOf(name, shape, matrices);
      return {
        name,
        shape,
        type,
        async *data() {
          const heads = rotaryHeads(name, sizes);
          const pieces =
            heads === undefined
              ? weights.pieces(name)
              : [pairNeighbours(await weights.read(name), heads, sizes.width)];
          for await (const values of pieces) yield encodeFloats(type, values, { name, path: folder });
        },
      };
    });
    await writeGguf(out, llamaMetadata(stated, sizes, vocabulary, ends), tensors, onProgress);
  } finally {
    await close();
  }
}

function typeOf(name: string, shape: readonly number[], matrices: MatrixType): WrittenType {
  if (shape.length === 1) return ggmlF32;
  const wholeBlocks = (shape.at(-1) ?? 0) % 32 === 0;
  return matrices === 'q8_0' && wholeBlocks && name !== 'token_embd.weight' ? ggmlQ8_0 : ggmlF16;
}

function rotaryHeads(name: string, sizes: { heads: number; kvHeads: number }): number | undefined {
  if (name.endsWith('.attn_q.weight')) return sizes.heads;
  return name.endsWith('.attn_k.weight') ? sizes.kvHeads : undefined;
}

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Token } from 'node-llama-cpp';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32 } from '#models/formats/gguf/types.ts';
import { floatToHalf } from '#models/formats/half.ts';
import { videoTokenText } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import type { VideoTokens } from '../types.ts';
import { tokenId } from './token-id.ts';

/** Video tokens and the hash of their values: clips with equal keys are the same to the LLM. */
export interface ClipRows {
  readonly key: string;
  readonly tokens: VideoTokens;
}

export function clipRows(tokens: VideoTokens): ClipRows {
  const { buffer, byteOffset, byteLength } = tokens.data;
  const key = createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
  return { key, tokens };
}

export interface SlotShape {
  readonly slots: number;
  readonly tokensPerClip: number;
}

/**
 * The video rows at the end of the LLM's embedding table: `slots` of `tokensPerClip` rows. llama.cpp maps the file that
 * holds them, so its next decode reads what is written here.
 */
export class EmbeddingTable {
  readonly slots: number;
  readonly tokensPerClip: number;
  /** Values of one row. */
  readonly width: number;
  readonly #file: FileHandle;
  readonly #offset: number;
  readonly #half: boolean;
  readonly #firstId: number;

  private constructor(file: FileHandle, layout: Layout, { slots, tokensPerClip }: SlotShape) {
    this.slots = slots;
    this.tokensPerClip = tokensPerClip;
    this.width = layout.width;
    this.#file = file;
    this.#offset = layout.offset;
    this.#half = layout.half;
    this.#firstId = layout.firstId;
  }

  /** `body`: the first file of the split LLM. Throws `package_invalid` where it was not split for this many rows. */
  static async open(body: string, shape: SlotShape): Promise<EmbeddingTable> {
    const layout = await findRows(body, shape);
    return new EmbeddingTable(await open(layout.path, 'r+'), layout, shape);
  }

  /** Token id of a slot's row. */
  id(slot: number, row: number): Token {
    return tokenId(this.#firstId + slot * this.tokensPerClip + row);
  }

  /** Throws `package_invalid` where the clip has another shape than a slot. */
  async write(slot: number, { data, count, width }: VideoTokens): Promise<void> {
    if (count !== this.tokensPerClip || width !== this.width) {
      const [has, needs] = [`${count} x ${width}`, `${this.tokensPerClip} x ${this.width}`];
      throw new AppError('package_invalid', `The encoder gives ${has} values; the LLM reads ${needs}.`);
    }
    const stored = this.#half ? floatToHalf(data) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const { bytesWritten } = await this.#file.write(
      bytes,
      0,
      bytes.length,
      this.#offset + slot * bytes.length,
    );
    if (bytesWritten !== bytes.length) throw new Error(`wrote ${bytesWritten} of ${bytes.length} bytes`);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

interface Layout {
  readonly path: string;
  /** Bytes in front of the first video row. */
  readonly offset: number;
  readonly width: number;
  readonly half: boolean;
  readonly firstId: number;
}

async function findRows(body: string, { slots, tokensPerClip }: SlotShape): Promise<Layout> {
  const llm = await openGguf(body).catch((cause: unknown) => {
    throw new AppError('package_invalid', 'The language model is not two GGUF files that can be read.', {
      cause,
    });
  });
  try {
    const { path, offset, type, shape } = llm.tensor('token_embd.weight');
    const [rows = 0, width = 0] = shape;
    const firstId = rows - slots * tokensPerClip;
    const vocabulary = llm.metadata.get('tokenizer.ggml.tokens');
    const texts = vocabulary?.type === 'array' ? vocabulary.values : [];
    const readable = type === ggmlF32 || type === ggmlF16;
    const declared =
      texts.length === rows &&
      texts[firstId] === videoTokenText(0, 0) &&
      texts[rows - 1] === videoTokenText(slots - 1, tokensPerClip - 1);
    if (!readable || !declared) {
      const message = `The LLM has no ${slots} slots of ${tokensPerClip} video tokens; compile the package again.`;
      throw new AppError('package_invalid', message);
    }
    const half = type === ggmlF16;
    return { path, offset: offset + firstId * width * (half ? 2 : 4), width, half, firstId };
  } finally {
    await llm.close();
  }
}

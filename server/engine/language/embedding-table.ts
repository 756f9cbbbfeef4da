import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Token } from 'node-llama-cpp';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32 } from '#models/formats/gguf/types.ts';
import { floatToHalf } from '#models/formats/half.ts';
import { videoTokenText } from '#models/package/manifest.ts';
import { at } from '#core/at.ts';
import { AppError } from '#errors';
import type { VideoTokens } from '../types.ts';
import { tokenId } from './token-id.ts';

/** Video tokens and the hash of their values and texts: clips with equal keys are the same to the LLM. */
export interface ClipRows {
  readonly key: string;
  readonly tokens: VideoTokens;
}

export function clipRows(tokens: VideoTokens): ClipRows {
  const { buffer, byteOffset, byteLength } = tokens.data;
  const hash = createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength));
  if (tokens.parts !== undefined) hash.update(JSON.stringify(tokens.parts));
  return { key: hash.digest('hex'), tokens };
}

/** Size of the table as a package's manifest gives it: rows for so many clips of so many tokens. */
export interface TableShape {
  readonly slots: number;
  readonly tokensPerClip: number;
}

/**
 * The video rows at the end of the LLM's embedding table: `slots * tokensPerClip` of them, for clips of any number of
 * tokens. llama.cpp maps the file that holds them, so its next decode reads what is written here.
 */
export class EmbeddingTable {
  /** Number of rows. */
  readonly rows: number;
  /** Values of one row. */
  readonly width: number;
  readonly #file: FileHandle;
  readonly #offset: number;
  readonly #half: boolean;
  readonly #firstId: number;

  private constructor(file: FileHandle, layout: Layout, { slots, tokensPerClip }: TableShape) {
    this.rows = slots * tokensPerClip;
    this.width = layout.width;
    this.#file = file;
    this.#offset = layout.offset;
    this.#half = layout.half;
    this.#firstId = layout.firstId;
  }

  /** `body`: the first file of the split LLM. Throws `package_invalid` where it was not split for this many rows. */
  static async open(body: string, shape: TableShape): Promise<EmbeddingTable> {
    const layout = await findRows(body, shape);
    return new EmbeddingTable(await open(layout.path, 'r+'), layout, shape);
  }

  /** Token id of a row. */
  id(row: number): Token {
    return tokenId(this.#firstId + row);
  }

  /**
   * Writes a clip's tokens into these rows, one each. Throws `package_invalid` for tokens of another width than a row, and
   * `RangeError` for another number of rows, or rows that the table does not have.
   */
  async write(rows: readonly number[], { data, count, width }: VideoTokens): Promise<void> {
    if (width !== this.width) {
      const message = `The encoder gives tokens of ${width} values; the LLM reads ${this.width}.`;
      throw new AppError('package_invalid', message);
    }
    if (rows.length !== count || rows.some((row) => row < 0 || row >= this.rows)) {
      throw new RangeError(`${count} tokens do not fit into ${rows.length} of ${this.rows} rows`);
    }
    const stored = this.#half ? floatToHalf(data) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const rowBytes = bytes.length / count;
    for (const { first, start, end } of consecutive(rows)) {
      const [from, length] = [start * rowBytes, (end - start) * rowBytes];
      const { bytesWritten } = await this.#file.write(bytes, from, length, this.#offset + first * rowBytes);
      if (bytesWritten !== length) throw new Error(`wrote ${bytesWritten} of ${length} bytes`);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Runs of consecutive rows: `start` (inclusive) to `end` (exclusive) of the list are `first`, `first + 1` and so on. */
function consecutive(rows: readonly number[]): { first: number; start: number; end: number }[] {
  const runs: { first: number; start: number; end: number }[] = [];
  for (const [i, row] of rows.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + (i - last.start) === row) last.end = i + 1;
    else runs.push({ first: row, start: i, end: i + 1 });
  }
  return runs;
}

interface Layout {
  readonly path: string;
  /** Bytes in front of the first video row. */
  readonly offset: number;
  readonly width: number;
  readonly half: boolean;
  readonly firstId: number;
}

async function findRows(body: string, { slots, tokensPerClip }: TableShape): Promise<Layout> {
  const llm = await openGguf(body).catch((cause: unknown) => {
    throw new AppError('package_invalid', 'The language model is not two GGUF files that can be read.', {
      cause,
    });
  });
  try {
    const { path, offset, type, shape } = llm.tensor('token_embd.weight');
    const [rows, width] = [at(shape, 0), at(shape, 1)];
    const firstId = rows - slots * tokensPerClip;
    const vocabulary = llm.metadata.get('tokenizer.ggml.tokens');
    const texts = vocabulary?.type === 'array' ? vocabulary.values : [];
    const readable = type === ggmlF32 || type === ggmlF16;
    const declared =
      texts.length === rows &&
      texts[firstId] === videoTokenText(0, 0) &&
      texts[rows - 1] === videoTokenText(slots - 1, tokensPerClip - 1);
    if (!readable || !declared) {
      const message = `The LLM has no rows for ${slots} clips of ${tokensPerClip} video tokens; compile the package again.`;
      throw new AppError('package_invalid', message);
    }
    const half = type === ggmlF16;
    return { path, offset: offset + firstId * width * (half ? 2 : 4), width, half, firstId };
  } finally {
    await llm.close();
  }
}

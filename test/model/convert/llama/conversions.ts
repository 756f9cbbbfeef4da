import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MatrixType, writeLlamaGguf } from '#models/convert/llama/write-llama-gguf.ts';
import { FormatError } from '#models/formats/format-error.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import type { GgufValue } from '#models/formats/gguf/types.ts';
import { type Llama, madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import { type FolderOptions, writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

/** Small enough to convert hundreds of times. */
export const tinyLlama = madeUpLlama({
  width: 8,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headWidth: 4,
  mlpWidth: 8,
});

export interface Converted {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, { type: number; shape: readonly number[]; values: Float32Array }>;
}

/** Conversions in a folder of the calling suite's own. */
export class Conversions {
  private readonly dir = tempFolder();
  private made = 0;

  /** The GGUF that is made of a LLaMA's Hugging Face folder. */
  async convert(llama: Llama, options: FolderOptions = {}, matrices: MatrixType = 'f16'): Promise<Converted> {
    const { folder, out } = await this.write(llama, options);
    await writeLlamaGguf(folder, out, matrices);
    assert.deepEqual(this.left(), ['llm.gguf']);
    const file = await openGguf(out);
    const tensors = new Map<string, { type: number; shape: readonly number[]; values: Float32Array }>();
    for (const { name, type, shape } of file.tensors.values())
      tensors.set(name, { type, shape, values: await file.readFloats(name) });
    await file.close();
    return { metadata: file.metadata, tensors };
  }

  /** Why such a folder is refused: one line, and no file left. */
  async refusal(llama: Llama, options: FolderOptions, matrices: MatrixType = 'f16'): Promise<FormatError> {
    const { folder, out } = await this.write(llama, options);
    const error = await writeLlamaGguf(folder, out, matrices).then(
      () => assert.fail('was converted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof FormatError, String(error));
    assert.ok(error.message.startsWith(folder) && !error.message.includes('\n'), error.message);
    assert.deepEqual(this.left(), []);
    return error;
  }

  private async write(llama: Llama, options: FolderOptions): Promise<{ folder: string; out: string }> {
    this.made += 1;
    const folder = join(this.dir, String(this.made), 'folder');
    await writeLlamaFolder(folder, llama, options);
    return { folder, out: join(this.dir, String(this.made), 'llm.gguf') };
  }

  /** What lies beside the folder converted last. */
  private left(): string[] {
    return readdirSync(join(this.dir, String(this.made))).filter((name) => name !== 'folder');
  }
}

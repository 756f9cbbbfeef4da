import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { LoadedPackage } from '#models/package/load.ts';
import { cleanText } from '#models/package/clean-text.ts';
import { packageFiles, type RetrievalManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { type Word, wordsOf } from './words.ts';

/** The text encoder's input for one text. */
export interface TokenizedText {
  /** With start and end, at most as many as the package's context. */
  readonly ids: readonly number[];
  /** Their token ranges are indices into `ids`. */
  readonly words: readonly Word[];
}

const tokenizerJson = z.looseObject({ model: z.looseObject({ type: z.string() }) });

/** A package's `tokenizer.json`, with the start and end that its manifest names. */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #manifest: RetrievalManifest;

  private constructor(tokenizer: Tokenizer, manifest: RetrievalManifest) {
    this.#tokenizer = tokenizer;
    this.#manifest = manifest;
  }

  /** Throws `package_invalid`. */
  static async load(
    modelPackage: Pick<LoadedPackage, 'path'>,
    manifest: RetrievalManifest,
  ): Promise<TextTokenizer> {
    try {
      const text = await readFile(modelPackage.path(packageFiles.tokenizer), 'utf8');
      const json = tokenizerJson.parse(JSON.parse(text));
      // without its added tokens, no text that a user types becomes one of them
      return new TextTokenizer(new Tokenizer({ ...json, added_tokens: [] }, {}), manifest);
    } catch (cause) {
      const message = `${packageFiles.tokenizer} of the model package cannot be read; make or fetch the package again.`;
      throw new AppError('package_invalid', message, { cause });
    }
  }

  /** A text that is too long loses its last tokens, as in CLIP. */
  encode(text: string): TokenizedText {
    const { start, end, context, maxTextLength = context } = this.#manifest;
    const before = start === undefined ? [] : [start];
    const all = this.#tokenizer.encode(cleanText(text), { add_special_tokens: false }).ids;
    const own = all.slice(0, maxTextLength - before.length - 1);
    const entries = own.map((id) => this.#tokenizer.id_to_token(id) ?? '');
    const words = wordsOf(entries).map((word) => ({
      ...word,
      from: word.from + before.length,
      to: word.to + before.length,
    }));
    return { ids: [...before, ...own, end], words };
  }
}

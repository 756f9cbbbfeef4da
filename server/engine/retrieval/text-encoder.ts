import { Tensor } from 'onnxruntime-node';
import type { StagedSession } from '#models/graph/staged-session.ts';
import type { LoadedPackage } from '#models/package/load.ts';
import { packageFiles, type RetrievalManifest } from '#models/package/manifest.ts';
import { finiteFloats, openPackageGraph } from '../vision/package-graph.ts';
import type { Embeddings } from './embeddings.ts';
import { retrievalOf } from './retrieval-of.ts';
import { TextTokenizer, type TokenizedText } from './text-tokenizer.ts';
import type { Word } from './words.ts';

/** A text in the joint space: its tokens without padding, start and end included; the last row stands for the whole text. */
export interface TextTokens extends Embeddings {
  readonly words: readonly Word[];
}

export interface TextEncoderOptions {
  /** Threads of one run; all cores where left out. */
  readonly threads?: number | undefined;
}

/** Texts of one run: more of them need more memory and are no faster. */
const textsAtOnce = 32;

/** The package's text tower on onnxruntime, with its tokenizer. */
export class TextEncoder {
  readonly #session: StagedSession;
  readonly #tokenizer: TextTokenizer;
  readonly #manifest: RetrievalManifest;

  private constructor(session: StagedSession, tokenizer: TextTokenizer, manifest: RetrievalManifest) {
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#manifest = manifest;
  }

  /** Throws `unsupported` for a package that cannot search, `package_invalid` for files that are not what it says. */
  static async load(
    modelPackage: Pick<LoadedPackage, 'manifest' | 'path'>,
    { threads }: TextEncoderOptions = {},
  ): Promise<TextEncoder> {
    const manifest = retrievalOf(modelPackage.manifest);
    const tokenizer = await TextTokenizer.load(modelPackage, manifest);
    const { context, width } = manifest;
    const signature = {
      inputs: { ids: { type: 'int64', shape: [null, context] } },
      outputs: { token_embeddings: { type: 'float32', shape: [null, context, width] } },
    } as const;
    const session = await openPackageGraph(modelPackage, packageFiles.textEncoder, signature, { threads });
    return new TextEncoder(session, tokenizer, manifest);
  }

  /** Tokens of each text, in order. A text longer than the package's context is truncated, as in CLIP. */
  async encode(texts: readonly string[]): Promise<TextTokens[]> {
    const encoded: TextTokens[] = [];
    for (let start = 0; start < texts.length; start += textsAtOnce) {
      const part = texts.slice(start, start + textsAtOnce).map((text) => this.#tokenizer.encode(text));
      encoded.push(...(await this.#run(part)));
    }
    return encoded;
  }

  dispose(): Promise<void> {
    return this.#session.release();
  }

  async #run(texts: readonly TokenizedText[]): Promise<TextTokens[]> {
    const { context, width, pad } = this.#manifest;
    const ids = new BigInt64Array(texts.length * context).fill(BigInt(pad));
    for (const [index, text] of texts.entries()) ids.set(text.ids.map(BigInt), index * context);
    const feeds = { ids: new Tensor('int64', ids, [texts.length, context]) };
    const [result] = await this.#session.run(feeds, ['token_embeddings']);
    const data = finiteFloats(packageFiles.textEncoder, 'token_embeddings', result);
    return texts.map(({ ids: own, words }, index) => {
      const first = index * context * width;
      return { data: data.slice(first, first + own.length * width), count: own.length, width, words };
    });
  }
}

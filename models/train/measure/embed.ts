import { at } from '#core/at.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { mean } from '#models/graph/ops/reduce.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { type CompiledGraph, compile } from '#models/graph/run.ts';
import { input, integers, type Tensor } from '#models/graph/tensor.ts';
import { textTokens, visionTower } from '#models/nets/clip.ts';
import { clipLogitScale, mug } from '#models/nets/mug.ts';
import { stanBranch } from '#models/nets/stan.ts';
import { frameEmbeddings, plainEmbeddings } from '#models/nets/video-tokens.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { normalised } from '../losses.ts';
import { captionFeeds } from '../texts.ts';
import { valuesIn, type WeightMap } from '../training-state.ts';

/** Ways to score a text against a clip: with the branch or without, frames weighed by the text or alike. */
export const modes = ['mug-stan', 'stan', 'mug', 'clip'] as const;
export type Mode = (typeof modes)[number];

/** Similarities of texts and clips by one checkpoint's nets. */
export class Scorer {
  readonly #arch: Architecture;
  readonly #weights: WeightMap;
  readonly #tokenizer: WordTokenizer;

  constructor(arch: Architecture, weights: WeightMap, tokenizer: WordTokenizer) {
    this.#arch = arch;
    this.#weights = weights;
    this.#tokenizer = tokenizer;
  }

  get hasBranch(): boolean {
    return this.#weights.has('stan.time_embed.weight');
  }

  /** Frame embeddings [T * P] of each clip, with the branch and without; a picture is a clip of one frame. */
  async clips(
    clips: readonly (readonly Uint8Array[])[],
  ): Promise<Record<'branch' | 'plain', Float32Array[]>> {
    const frames = clips[0]?.length ?? 1;
    const { tower, jointWidth, stan } = this.#arch;
    const set = new WeightSet();
    const states = visionTower(
      scope(set.get, 'vision_model'),
      normalised('pixels', frames, this.#arch),
      tower,
    );
    const seen = {
      tower: states,
      clips: 1,
      positions: integers(Array.from({ length: frames }, (_, frame) => frame)),
    };
    const plain = plainEmbeddings(set.get, seen, tower, jointWidth);
    const branch = this.hasBranch
      ? frameEmbeddings(
          set.get,
          seen,
          at(stanBranch(set.get, seen, tower, stan), stan.depth - 1),
          tower,
          jointWidth,
        )
      : plain;
    const graph = await this.#compile({ plain, branch });
    const found: Record<'branch' | 'plain', Float32Array[]> = { branch: [], plain: [] };
    for (const clip of clips) {
      const data = new Uint8Array(clip.flatMap((frame) => [...frame]));
      const shape = [frames, tower.imageSize, tower.imageSize, 3];
      const embedded = await graph.run({ pixels: { data, shape } });
      found.plain.push(embedded.plain.slice());
      found.branch.push(embedded.branch.slice());
    }
    await graph.release();
    return found;
  }

  /** Similarities [texts][clips]. */
  async score(
    texts: readonly string[],
    embedded: Record<'branch' | 'plain', readonly Float32Array[]>,
    mode: Mode,
  ): Promise<number[][]> {
    const { text, jointWidth } = this.#arch;
    const videos = embedded[mode === 'mug-stan' || mode === 'stan' ? 'branch' : 'plain'];
    const frames = (videos[0]?.length ?? 0) / jointWidth;
    const set = new WeightSet();
    const tokens = textTokens(set.get, input('ids', [1, text.context], 'int64'), text, jointWidth);
    const each = unitLength(input('videos', [videos.length, frames, jointWidth]));
    const weighed = mode === 'mug-stan' || mode === 'mug';
    const mask = input('mask', [1, text.context]);
    const config = { form: 'full', select: { kind: 'softmax' }, tau: clipLogitScale } as const;
    // without Mug the text is its end token, and the clip the mean direction of its frames
    const shown = weighed ? each : reshape(mean(each, 1), [videos.length, 1, jointWidth]);
    const graph = await this.#compile({ similarity: mug(tokens, shown, mask, config).similarity });
    const all = new Float32Array(videos.length * frames * jointWidth);
    videos.forEach((video, index) => {
      all.set(video, index * video.length);
    });
    const rows: number[][] = [];
    for (const one of texts) {
      const feeds = captionFeeds([one], this.#tokenizer, text.context);
      const { ids, mask: words, ends } = feeds;
      if (ids === undefined || words === undefined || ends === undefined)
        throw new Error('a text gives feeds');
      const only = new Float32Array(text.context);
      only[Number(ends.data[0])] = 1;
      const { similarity } = await graph.run({
        ids,
        mask: weighed ? words : { data: only, shape: [1, text.context] },
        videos: { data: all, shape: [videos.length, frames, jointWidth] },
      });
      rows.push([...similarity]);
    }
    await graph.release();
    return rows;
  }

  #compile<Output extends string>(outputs: Readonly<Record<Output, Tensor>>): Promise<CompiledGraph<Output>> {
    return compile(outputs, valuesIn(this.#weights), { threads: 1 });
  }
}

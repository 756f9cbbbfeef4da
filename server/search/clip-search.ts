import type { EmbeddedClip, Retrieval } from '#engine/retrieval/retrieval.ts';
import type { TextTokens } from '#engine/retrieval/text-encoder.ts';
import { TaskGroup } from '#core/task-group.ts';
import { AppError, toAppError } from '#errors';
import type { ClipStore } from '#store/clip-store.ts';
import type { Database } from '#store/database.ts';
import { EmbeddingStore } from '#store/embedding-store.ts';
import { ClipIndex } from '#engine/retrieval/clip-index.ts';
import type {
  AttentionReply,
  ClassifyReply,
  ClassifyRequest,
  MatchReply,
  SearchReply,
  SearchRequest,
} from '#contract/search.ts';
import { Indexer, type IndexerParts } from './indexer.ts';
import { rankLabels } from './rank-labels.ts';

export interface SearchObserver extends NonNullable<IndexerParts['observer']> {
  compared?(kind: 'search' | 'classify' | 'match', ms: number): void;
}

export interface ClipSearchParts {
  readonly retrieval: Retrieval;
  readonly clips: Pick<ClipStore, 'find' | 'source' | 'follow'>;
  readonly database: Database;
  /** Clips that Mug looks at for one query; docs/retrieval.md has what more of them would find, and cost. Default 200. */
  readonly candidates?: number;
  readonly observer?: SearchObserver | undefined;
}

/** Finds stored clips by words, names what they show, and says why. Learns every clip that is uploaded by itself. */
export class ClipSearch {
  readonly #parts: ClipSearchParts;
  readonly #store: EmbeddingStore;
  readonly #index: ClipIndex;
  readonly #indexer: Indexer;
  readonly #work = new TaskGroup();

  private constructor(parts: ClipSearchParts, index: ClipIndex) {
    const { retrieval, clips, database, observer } = parts;
    this.#parts = parts;
    this.#index = index;
    this.#store = new EmbeddingStore(database, retrieval.key);
    const embed: IndexerParts['embed'] = async (videoId, signal) =>
      retrieval.embedClip(await clips.source(videoId), { signal, background: true });
    this.#indexer = new Indexer({ store: this.#store, index, embed, observer });
    clips.follow(this.#indexer);
  }

  /** Takes up the index where it was left, and begins to learn the clips it lacks. */
  static async open(parts: ClipSearchParts): Promise<ClipSearch> {
    const { width, logitScale } = parts.retrieval.space;
    const search = new ClipSearch(parts, await ClipIndex.create(width, logitScale));
    search.#indexer.start();
    return search;
  }

  /** Clips that can be found, and those that cannot be yet. */
  get counts(): { readonly indexed: number; readonly pending: number } {
    return { indexed: this.#index.size, pending: this.#indexer.pending };
  }

  /** The clips that match a query best: those near to it by their mean frame, ranked by Mug on all frames. Throws `busy`, `cancelled`. */
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchReply> {
    return this.#timed('search', signal, (both) => this.#search(request, both));
  }

  /**
   * Zero-shot recognition: the labels as texts, and the softmax over tau times their similarities. Throws `not_found`,
   * what embedding a clip throws, `busy`, `cancelled`.
   */
  classify(request: ClassifyRequest, signal: AbortSignal): Promise<ClassifyReply> {
    return this.#timed('classify', signal, (both) => this.#classify(request, both));
  }

  /** Which frames of a clip match a text, and which of its words. Throws as `classify`. */
  match(videoId: string, text: string, signal: AbortSignal): Promise<MatchReply> {
    return this.#timed('match', signal, (both) => this.#match(videoId, text, both));
  }

  /** Where the branch looks in a clip's frames. Throws `not_found`, and what embedding a clip throws. */
  async attention(videoId: string, signal: AbortSignal): Promise<AttentionReply> {
    const { data, side, times, region } = await this.#parts.retrieval.attention(
      await this.#parts.clips.source(videoId),
      signal,
    );
    const cells = side * side;
    const frames = times.map((time, frame) => ({
      time,
      weights: [...data.subarray(frame * cells, (frame + 1) * cells)],
    }));
    return { videoId, side, region, frames };
  }

  /** Stops learning and all other work, and waits for its end. */
  async close(): Promise<void> {
    await this.#indexer.close();
    await this.#work.stop();
    await this.#index.dispose();
  }

  async #search({ query, k }: SearchRequest, signal: AbortSignal): Promise<SearchReply> {
    const { retrieval, candidates = 200 } = this.#parts;
    const text = await this.#tokensOf(query, signal);
    const near = await this.#index.nearest(text, Math.max(k, candidates));
    const known = this.#store.find(near.map(({ videoId }) => videoId));
    const rows = known.map(({ frames }) => frames);
    const { similarity, frameWeights, wordWeights } = await retrieval.score([text], rows, signal);
    const scored = known.map(({ videoId, times }, i) => ({
      videoId,
      frames: [...times],
      score: similarity[i] ?? 0,
      frameWeights: [...(frameWeights[i] ?? [])],
      wordWeights: perWord(text, wordWeights[i]),
    }));
    const best = scored.sort((a, b) => b.score - a.score).slice(0, k);
    const named = await Promise.all(best.map((hit) => this.#named(hit)));
    return {
      results: named.flat(),
      words: text.words.map((word) => ({ text: word.text })),
      pending: this.#indexer.pending,
    };
  }

  async #classify(request: ClassifyRequest, signal: AbortSignal): Promise<ClassifyReply> {
    const { videoId, labels, template = '{}', templates = [template], k } = request;
    const { retrieval } = this.#parts;
    const clip = await this.#clipOf(videoId, signal);
    const wordings = labels.flatMap((label) => templates.map((one) => one.replaceAll('{}', () => label)));
    const texts = await retrieval.embedTexts(wordings, signal);
    const similarities = await retrieval.similarities(texts, [clip.frames], signal);
    return { videoId, labels: rankLabels(labels, similarities, retrieval.space.logitScale).slice(0, k) };
  }

  async #match(videoId: string, text: string, signal: AbortSignal): Promise<MatchReply> {
    const clip = await this.#clipOf(videoId, signal);
    const tokens = await this.#tokensOf(text, signal);
    const scores = await this.#parts.retrieval.score([tokens], [clip.frames], signal);
    const weights = perWord(tokens, scores.wordWeights[0]);
    return {
      videoId,
      score: scores.similarity[0] ?? 0,
      frameWeights: [...(scores.frameWeights[0] ?? [])],
      frames: [...clip.times],
      words: tokens.words.map((word, i) => ({ text: word.text, weight: weights[i] ?? 0 })),
    };
  }

  async #timed<T>(
    kind: 'search' | 'classify' | 'match',
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const start = performance.now();
    const result = await this.#work.run(signal, work);
    this.#parts.observer?.compared?.(kind, performance.now() - start);
    return result;
  }

  /** With the clip's name; nothing where the clip has gone meanwhile. */
  async #named<T extends { readonly videoId: string }>(hit: T): Promise<(T & { readonly name: string })[]> {
    try {
      const { name } = await this.#parts.clips.find(hit.videoId);
      return [{ ...hit, name }];
    } catch (thrown) {
      if (toAppError(thrown).code === 'not_found') return [];
      throw thrown;
    }
  }

  /** As it is known, or watched now: whoever asks does not wait for the index. */
  async #clipOf(videoId: string, signal: AbortSignal): Promise<EmbeddedClip> {
    const source = await this.#parts.clips.source(videoId);
    const [known] = this.#store.find([videoId]);
    if (known !== undefined) return known;
    const clip = await this.#parts.retrieval.embedClip(source, { signal });
    this.#indexer.addToIndex(videoId, clip);
    return clip;
  }

  async #tokensOf(text: string, signal: AbortSignal): Promise<TextTokens> {
    const [tokens] = await this.#parts.retrieval.embedTexts([text], signal);
    if (tokens === undefined) throw new AppError('internal', 'The text encoder gave nothing.');
    return tokens;
  }
}

/** w' of each word: that of all its tokens. */
function perWord({ words }: TextTokens, weights: Float32Array = new Float32Array()): number[] {
  return words.map(({ from, to }) => weights.subarray(from, to).reduce((sum, weight) => sum + weight, 0));
}

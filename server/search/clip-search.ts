import type { EmbeddedClip, Retrieval } from '#engine/retrieval/retrieval.ts';
import type { TextTokens } from '#engine/retrieval/text-encoder.ts';
import { at } from '#core/at.ts';
import { TaskGroup } from '#core/task-group.ts';
import type { ClipStore } from '#store/clip-store.ts';
import { operator, type Viewer } from '#store/viewer.ts';
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
import type { Moment } from '#engine/segments/moments.ts';
import type { LongClipSearch } from './long-clip-search.ts';
import { Indexer, type IndexerParts } from './indexer.ts';
import { rankLabels } from './rank-labels.ts';

export interface SearchObserver extends NonNullable<IndexerParts['observer']> {
  compared?(kind: 'search' | 'classify' | 'match', ms: number): void;
}

export interface SearchOptions {
  /** Whose clips are searched, with those that are shared. */
  readonly viewer: Viewer;
  readonly signal: AbortSignal;
}

export interface ClipSearchParts {
  readonly retrieval: Pick<
    Retrieval,
    'key' | 'space' | 'embedClip' | 'embedTexts' | 'score' | 'similarities' | 'attention'
  >;
  readonly clips: Pick<ClipStore, 'get' | 'source' | 'observe'>;
  readonly database: Database;
  /** Clips that Mug scores for one query; docs/performance.md has recall and time by their number. Default 200. */
  readonly candidates?: number;
  /** Finds the moments of long clips. */
  readonly longClips?: Pick<LongClipSearch, 'bestMoment'> | undefined;
  readonly observer?: SearchObserver | undefined;
}

/** Long clips whose moments one search looks for. */
const maxMoments = 20;

/** Finds stored clips by words, classifies what they show, and explains matches. Every added clip is indexed automatically. */
export class ClipSearch {
  readonly #parts: ClipSearchParts;
  readonly #store: EmbeddingStore;
  readonly #index: ClipIndex;
  readonly #indexer: Indexer;
  readonly #tasks = new TaskGroup();

  private constructor(parts: ClipSearchParts, index: ClipIndex) {
    const { retrieval, clips, database, observer } = parts;
    this.#parts = parts;
    this.#index = index;
    this.#store = new EmbeddingStore(database, retrieval.key);
    const embed: IndexerParts['embed'] = async (videoId, signal) =>
      retrieval.embedClip(clips.source(operator, videoId), { signal, background: true });
    this.#indexer = new Indexer({ store: this.#store, index, embed, observer });
    clips.observe(this.#indexer);
  }

  /** Loads the stored index, and starts to embed the clips that it lacks. */
  static async open(parts: ClipSearchParts): Promise<ClipSearch> {
    const { width, logitScale } = parts.retrieval.space;
    const search = new ClipSearch(parts, await ClipIndex.create(width, logitScale));
    search.#indexer.start();
    return search;
  }

  /** Numbers of clips that can be found, and of those that are not indexed yet. */
  get counts(): { readonly indexed: number; readonly pending: number } {
    return { indexed: this.#index.size, pending: this.#indexer.pending };
  }

  /**
   * The `k` clips that match a query best: the candidates nearest to it by their mean frame, ranked by Mug on all frames.
   * Those less similar than the package's cut-off are left out. Throws `busy`, `cancelled`.
   */
  search({ query, k }: SearchRequest, { viewer, signal }: SearchOptions): Promise<SearchReply> {
    return this.#timed('search', signal, async (both) => {
      const { retrieval, candidates = 200 } = this.#parts;
      const text = await this.#tokensOf(query, both);
      // read with the index, not after: a clip that is indexed while this query is compared is not among its results
      const { pending } = this.#indexer;
      const near = await this.#index.nearest(text, Math.max(k, candidates));
      const known = this.#store.find(near.map(({ videoId }) => videoId));
      const rows = known.map(({ frames }) => frames);
      const scores = await retrieval.score([text], rows, both);
      const hits = known.map(({ videoId, times }, i) => ({
        videoId,
        frames: [...times],
        score: at(scores.similarity, i),
        frameWeights: [...at(scores.frameWeights, i)],
        wordWeights: perWord(text, at(scores.wordWeights, i)),
      }));
      const { cutOff } = retrieval.space;
      const matching = hits.filter(({ score }) => cutOff === undefined || score >= cutOff);
      const best = matching.sort((a, b) => b.score - a.score);
      // without those that are somebody else's, or were deleted meanwhile
      const visible = best.flatMap((hit) => {
        const clip = this.#parts.clips.get(viewer, hit.videoId);
        return clip === undefined ? [] : [{ ...hit, name: clip.name }];
      });
      const results = (await this.#withMoments(query, visible, { viewer, signal: both })).slice(0, k);
      const words = text.words.map((word) => ({ text: word.text }));
      return { results, words, pending, ...(cutOff !== undefined && { cutOff }) };
    });
  }

  /**
   * Zero-shot recognition: the labels as texts, and the softmax over tau times their similarities. Throws `not_found`,
   * what embedding a clip throws, `busy`, `cancelled`.
   */
  classify(request: ClassifyRequest, { viewer, signal }: SearchOptions): Promise<ClassifyReply> {
    const { videoId, labels, template = '{}', templates = [template], k } = request;
    return this.#timed('classify', signal, async (both) => {
      const { retrieval } = this.#parts;
      const clip = await this.#embeddingOf(videoId, viewer, both);
      const wordings = labels.flatMap((label) => templates.map((one) => one.replaceAll('{}', () => label)));
      const texts = await retrieval.embedTexts(wordings, both);
      const similarities = await retrieval.similarities(texts, [clip.frames], both);
      return { videoId, labels: rankLabels(labels, similarities, retrieval.space.logitScale).slice(0, k) };
    });
  }

  /** Which frames of a clip match a text, and which of its words. Throws as `classify`. */
  match(videoId: string, text: string, { viewer, signal }: SearchOptions): Promise<MatchReply> {
    return this.#timed('match', signal, async (both) => {
      const clip = await this.#embeddingOf(videoId, viewer, both);
      const tokens = await this.#tokensOf(text, both);
      const scores = await this.#parts.retrieval.score([tokens], [clip.frames], both);
      const weights = perWord(tokens, at(scores.wordWeights, 0));
      return {
        videoId,
        score: at(scores.similarity, 0),
        frameWeights: [...at(scores.frameWeights, 0)],
        frames: [...clip.times],
        words: tokens.words.map((word, i) => ({ text: word.text, weight: at(weights, i) })),
      };
    });
  }

  /** Attention of the branch over each frame of a clip. Throws `not_found`, and what embedding a clip throws. */
  async attention(videoId: string, { viewer, signal }: SearchOptions): Promise<AttentionReply> {
    const source = this.#parts.clips.source(viewer, videoId);
    const { data, side, times, region } = await this.#parts.retrieval.attention(source, signal);
    const cells = side * side;
    const frames = times.map((time, frame) => ({
      time,
      weights: [...data.subarray(frame * cells, (frame + 1) * cells)],
    }));
    return { videoId, side, region, frames };
  }

  /** Stops indexing and all other work, and waits for its end. */
  async close(): Promise<void> {
    await this.#indexer.close();
    await this.#tasks.stop();
    await this.#index.dispose();
  }

  async #timed<T>(
    kind: 'search' | 'classify' | 'match',
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const start = performance.now();
    const result = await this.#tasks.run(signal, work);
    this.#parts.observer?.compared?.(kind, performance.now() - start);
    return result;
  }

  /** A long clip counts by its best moment: its frames as a whole say little of any one. */
  async #withMoments<T extends { readonly videoId: string; readonly score: number }>(
    query: string,
    hits: readonly T[],
    { viewer, signal }: SearchOptions,
  ): Promise<(T & { readonly moment?: Moment })[]> {
    const { longClips, clips } = this.#parts;
    const found: (T & { readonly moment?: Moment })[] = [];
    let left = maxMoments;
    for (const hit of hits) {
      const source = left > 0 ? clips.source(viewer, hit.videoId) : undefined;
      const moment = source && (await longClips?.bestMoment(source, query, signal));
      if (moment !== undefined) left -= 1;
      found.push(moment === undefined ? hit : { ...hit, moment, score: Math.max(hit.score, moment.score) });
    }
    return found.sort((a, b) => b.score - a.score);
  }

  /** From the store, or embedded now: a request does not wait for the indexer. */
  async #embeddingOf(videoId: string, viewer: Viewer, signal: AbortSignal): Promise<EmbeddedClip> {
    const source = this.#parts.clips.source(viewer, videoId);
    const [known] = this.#store.find([videoId]);
    if (known !== undefined) return known;
    const clip = await this.#parts.retrieval.embedClip(source, { signal });
    this.#indexer.addToIndex(videoId, clip);
    return clip;
  }

  async #tokensOf(text: string, signal: AbortSignal): Promise<TextTokens> {
    return at(await this.#parts.retrieval.embedTexts([text], signal), 0);
  }
}

/** w' of each word: the sum over its tokens. */
function perWord({ words }: TextTokens, weights: Float32Array): number[] {
  return words.map(({ from, to }) => weights.subarray(from, to).reduce((sum, weight) => sum + weight, 0));
}

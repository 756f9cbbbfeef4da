import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineObserver, Engine } from '#engine/engine.ts';
import type { ClipTimings } from '#engine/events.ts';
import type { ClipSearch, SearchObserver } from '#search/clip-search.ts';

/** Seconds, from a warm cache to a long clip on a small machine. */
const buckets = [0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];

/** What the server counts of itself, for Prometheus; the names are part of what operators rely on. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #stages = this.#histogram('stage_seconds', 'Time spent in each stage of the path of a clip.', [
    'stage',
  ]);
  readonly #clips = this.#counter('clips_total', 'Clips looked at, by where their tokens came from.', [
    'from',
  ]);
  readonly #answers = this.#counter('answers_total', 'Answers given, by how they ended.', ['reason']);
  readonly #tokens = this.#counter('tokens_total', 'Tokens, by kind: evaluated, found in a KV cache, said.', [
    'kind',
  ]);
  readonly #requests = this.#histogram('http_request_seconds', 'HTTP requests until their last byte.', [
    'method',
    'status',
  ]);

  readonly #comparisons = this.#histogram(
    'search_seconds',
    'Texts compared with clips: search, classify, match.',
    ['kind'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Counts what the engine does, and search. */
  get observer(): Pick<
    Required<EngineObserver & SearchObserver>,
    'encoded' | 'answered' | 'embedded' | 'compared'
  > {
    return {
      encoded: ({ timings }, from) => {
        this.#clips.inc({ from });
        if (from !== 'file') return;
        this.#observeStages(timings);
      },
      embedded: (timings) => this.#observeStages(timings),
      compared: (kind, ms) => this.#comparisons.observe({ kind }, ms / 1000),
      answered: ({ reason, timings, reusedTokens, promptTokens, answerTokens }) => {
        this.#answers.inc({ reason });
        this.#tokens.inc({ kind: 'prompt' }, promptTokens);
        this.#tokens.inc({ kind: 'reused' }, reusedTokens);
        this.#tokens.inc({ kind: 'answer' }, answerTokens);
        if (timings === undefined) return;
        for (const stage of ['prompt', 'total'] as const) {
          this.#stages.observe({ stage }, timings[stage] / 1000);
        }
      },
    };
  }

  /** Who runs, who waits, and how many embedding rows are in use, whenever somebody asks. */
  watch(engine: Pick<Engine, 'queues' | 'rows' | 'decoder'>): void {
    this.#gauge(
      'decoder_sandbox',
      'How far ffmpeg is isolated, by level; 1 for the one in use.',
      ['level'],
      (gauge) => {
        if (engine.decoder !== undefined) gauge.set({ level: engine.decoder.sandbox }, 1);
      },
    );
    this.#gauge('queue', 'Work that runs and that waits, by queue.', ['queue', 'state'], (gauge) => {
      for (const [queue, { running, waiting }] of Object.entries(engine.queues)) {
        gauge.set({ queue, state: 'running' }, running);
        gauge.set({ queue, state: 'waiting' }, waiting);
      }
    });
    this.#gauge('embedding_rows', 'Rows for video tokens in the language model.', ['state'], (gauge) => {
      for (const [state, count] of Object.entries(engine.rows)) gauge.set({ state }, count);
    });
  }

  /** How many clips can be found, and cannot be yet, whenever somebody asks. */
  watchSearch(search: Pick<ClipSearch, 'counts'>): void {
    this.#gauge('search_clips', 'Clips that search knows, and that wait for it.', ['state'], (gauge) => {
      for (const [state, count] of Object.entries(search.counts)) gauge.set({ state }, count);
    });
  }

  /** How many connections there are, whenever somebody asks. */
  watchConnections(count: () => number): void {
    this.#gauge('connections', 'Open chat connections.', [], (gauge) => gauge.set(count()));
  }

  requested(method: string, status: string, seconds: number): void {
    this.#requests.observe({ method, status }, seconds);
  }

  /** Prometheus' text format, and its media type. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #observeStages(timings: ClipTimings): void {
    for (const [stage, ms] of Object.entries(timings)) this.#stages.observe({ stage }, ms / 1000);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `stan_llava_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({
      name: `stan_llava_${name}`,
      help,
      labelNames,
      buckets,
      registers: [this.#registry],
    });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    collect: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name: `stan_llava_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => collect(gauge),
    });
  }
}

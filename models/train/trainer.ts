import type * as ort from 'onnxruntime-node';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { type FeedTensor, floats, toOrt } from '#models/graph/run.ts';
import { openSession } from '#models/graph/session.ts';
import type { Tensor } from '#models/graph/tensor.ts';
import { toOnnx } from '#models/graph/to-onnx.ts';
import { type Weights, WeightSet } from '#models/nets/weights.ts';
import { initialValue } from './initialise.ts';
import { type OptimiserState, valuesIn, type WeightMap } from './training-state.ts';
import {
  type AdamWConfig,
  adamWStep,
  groupSize,
  groupTensors,
  type ParameterGroup,
} from './training-step.ts';

/** The scalar to go down, and numbers worth a look. */
export interface Objective {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** Which parameters learn, and how fast; the first rule that matches takes the parameter, the rest stay frozen. */
export interface GroupRule {
  readonly name: string;
  readonly matches: (parameter: string) => boolean;
  readonly rate: number;
  readonly weightDecay: number;
}

export interface TrainerOptions {
  /** Builds the objective; called twice, so it must only use its argument. */
  readonly objective: (weights: Weights) => Objective;
  readonly groups: readonly GroupRule[];
  /** Values to start from; parameters without one are initialised from `seed`. */
  readonly start: WeightMap;
  readonly seed: number;
  readonly adamW: AdamWConfig;
  readonly threads?: number | undefined;
}

/** A compiled training step and the state it moves on. */
export class Trainer {
  private readonly session: ort.InferenceSession;
  private readonly groups: readonly ParameterGroup[];
  private readonly frozen: WeightMap;
  private readonly config: AdamWConfig;
  private vectors: Record<string, Float32Array>;
  /** Where the next step is written; swaps with `vectors`. */
  private spare: Record<string, Float32Array>;
  private steps: number;

  private constructor(
    session: ort.InferenceSession,
    groups: readonly ParameterGroup[],
    frozen: WeightMap,
    config: AdamWConfig,
    state: OptimiserState,
  ) {
    this.session = session;
    this.groups = groups;
    this.frozen = frozen;
    this.config = config;
    this.steps = state.step;
    this.vectors = { ...state.vectors };
    this.spare = mapValues(state.vectors, ({ length }) => new Float32Array(length));
  }

  static async create(options: TrainerOptions, resumed?: OptimiserState): Promise<Trainer> {
    const asked = new WeightSet();
    options.objective(asked.get);
    const all = [...asked.tensors].map(([name, tensor]) => ({ name, shape: tensor.shape.map(Number) }));
    const ruleOf = (name: string): GroupRule | undefined => options.groups.find((rule) => rule.matches(name));
    const firstValue = (name: string, shape: readonly number[]): Float32Array => {
      const given = options.start.get(name);
      // what does not learn must come from somewhere: a random frozen weight would be a silent mistake
      if (given === undefined && ruleOf(name) === undefined)
        throw new Error(`frozen ${name} has no value to start from`);
      return given ?? initialValue(name, shape, options.seed);
    };
    const values = new Map(all.map(({ name, shape }) => [name, firstValue(name, shape)] as const));
    const groups = options.groups
      .map(({ name, rate, weightDecay, ...rule }) => ({
        name,
        rate,
        weightDecay,
        parameters: all.filter(
          (parameter) => ruleOf(parameter.name)?.name === name && rule.matches(parameter.name),
        ),
      }))
      .filter((group) => group.parameters.length > 0);
    const built = groups.map((group) => ({ group, ...groupTensors(group) }));
    const learned = new Map(built.flatMap(({ tensors }) => [...tensors]));
    const { loss, metrics } = options.objective((name, shape) => learned.get(name) ?? asked.get(name, shape));
    const outputs = { loss, ...metrics, ...adamWStep(loss, built, options.adamW) };
    const model = toOnnx('training-step', outputs, valuesIn(values));
    const session = await openSession(encodeOnnx(model), { threads: options.threads, shared: true });
    const vectors: Record<string, Float32Array> = {};
    for (const group of groups) {
      const size = groupSize(group);
      vectors[`theta.${group.name}`] = flatten(group, values, size);
      for (const kind of ['m', 'v']) vectors[`${kind}.${group.name}`] = new Float32Array(size);
    }
    for (const [name, vector] of Object.entries(resumed?.vectors ?? {})) {
      if (vectors[name]?.length !== vector.length)
        throw new Error(`the checkpoint's ${name} is of another net`);
      vectors[name] = vector;
    }
    const frozen = new Map([...values].filter(([name]) => !learned.has(name)));
    return new Trainer(session, groups, frozen, options.adamW, { step: resumed?.step ?? 0, vectors });
  }

  get step(): number {
    return this.steps;
  }

  /** One step at the given learning rate; returns the loss and the metrics. */
  async run(batch: Readonly<Record<string, FeedTensor>>, rate: number): Promise<Record<string, number>> {
    this.steps += 1;
    const { beta1, beta2 } = this.config;
    const scalars = { rate, correction1: 1 - beta1 ** this.steps, correction2: 1 - beta2 ** this.steps };
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    // a batch may hold more than this objective reads, such as the ends of texts whose every word counts
    for (const [name, { data, shape }] of Object.entries(batch)) {
      if (this.session.inputNames.includes(name)) feeds[name] = toOrt(data, shape);
    }
    for (const [name, value] of Object.entries(scalars)) feeds[name] = toOrt(Float32Array.of(value), []);
    for (const [name, vector] of Object.entries(this.vectors)) feeds[name] = toOrt(vector, [vector.length]);
    for (const name of this.session.outputNames) {
      const vector = this.spare[name.replace(/^next\./, '')];
      fetches[name] = vector === undefined ? null : toOrt(vector, [vector.length]);
    }
    const results = await this.session.run(feeds, fetches);
    const numbers: Record<string, number> = {};
    for (const [name, result] of Object.entries(results)) {
      if (!name.startsWith('next.')) numbers[name] = floats(name, result)[0] ?? Number.NaN;
    }
    [this.vectors, this.spare] = [this.spare, this.vectors];
    return numbers;
  }

  /** All parameters by name, frozen ones included; views, valid until the next step. */
  weights(): WeightMap {
    const weights = new Map(this.frozen);
    for (const group of this.groups) {
      const vector = this.vectors[`theta.${group.name}`];
      if (vector === undefined) throw new RangeError(`no parameters of the group ${group.name}`);
      let offset = 0;
      for (const { name, shape } of group.parameters) {
        const size = shape.reduce((product, dim) => product * dim, 1);
        weights.set(name, vector.subarray(offset, offset + size));
        offset += size;
      }
    }
    return weights;
  }

  state(): OptimiserState {
    return { step: this.steps, vectors: this.vectors };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function flatten(group: ParameterGroup, values: WeightMap, size: number): Float32Array {
  const vector = new Float32Array(size);
  const valuesFor = valuesIn(values);
  let offset = 0;
  for (const { name } of group.parameters) {
    const value = valuesFor(name);
    vector.set(value, offset);
    offset += value.length;
  }
  return vector;
}

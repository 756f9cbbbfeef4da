/**
 * CLIP's tower and the STAN branch in float64 and plain loops, written from docs/method.md alone: the oracle beside
 * which the graphs of models/nets are checked. Tokens are rows, a clip is a list of pictures [3, H, W].
 */
export type Row = readonly number[];
export type Rows = readonly Row[];
/** A weight's values by name, row-major. */
export type Read = (name: string) => ArrayLike<number>;

export interface Layer {
  readonly width: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly activation?: (x: number) => number;
}

export interface Tower extends Layer {
  readonly layers: number;
  readonly imageSize: number;
  readonly patchSize: number;
}

export const quickGelu = (x: number): number => x / (1 + Math.exp(-1.702 * x));

const sum = (xs: Row): number => xs.reduce((total, x) => total + x, 0);
export const plus = (a: Row, b: Row): Row => a.map((x, index) => x + b[index]!);
export const times = (a: Row, factor: number): Row => a.map((x) => x * factor);
export const meanRow = (rows: Rows): Row => times(rows.reduce(plus), 1 / rows.length);
export const rowAt = (values: ArrayLike<number>, row: number, width: number): Row =>
  Array.from({ length: width }, (_, index) => values[row * width + index]!);

/** x W^T, W [out, in]. */
export function product(weight: ArrayLike<number>, x: Row): Row {
  return Array.from({ length: weight.length / x.length }, (_, out) =>
    sum(x.map((value, index) => value * weight[out * x.length + index]!)),
  );
}

export function linear(read: Read, name: string, x: Row): Row {
  return plus(product(read(`${name}.weight`), x), Array.from(read(`${name}.bias`)));
}

export function norm(read: Read, name: string, x: Row, epsilon: number): Row {
  const mean = sum(x) / x.length;
  const deviation = Math.sqrt(sum(x.map((value) => (value - mean) ** 2)) / x.length + epsilon);
  const [gain, shift] = [read(`${name}.weight`), read(`${name}.bias`)];
  return x.map((value, index) => ((value - mean) / deviation) * gain[index]! + shift[index]!);
}

/** One query over keys and values, head by head: what it gathers, and its weights [heads][keys]. */
export function attend(q: Row, keys: Rows, values: Rows, heads: number): { mixed: Row; weights: Rows } {
  const size = q.length / heads;
  const weights = Array.from({ length: heads }, (_, head) => {
    const part = (row: Row): Row => row.slice(head * size, (head + 1) * size);
    const scores = keys.map((key) => sum(part(key).map((k, d) => k * part(q)[d]!)) / Math.sqrt(size));
    const exps = scores.map((score) => Math.exp(score - Math.max(...scores)));
    return exps.map((value) => value / sum(exps));
  });
  const mixed = q.map((_, d) =>
    sum(values.map((value, i) => weights[Math.floor(d / size)]![i]! * value[d]!)),
  );
  return { mixed, weights };
}

/** Every row looks at all rows: the rows that leave, and the first row's weights [heads][rows]. */
function selfAttention(read: Read, name: string, rows: Rows, { heads }: Layer): { out: Rows; first: Rows } {
  const project = (part: string): Rows => rows.map((row) => linear(read, `${name}.${part}_proj`, row));
  const [queries, keys, values] = [project('q'), project('k'), project('v')];
  const looks = queries.map((query) => attend(query, keys, values, heads));
  return {
    out: looks.map(({ mixed }) => linear(read, `${name}.out_proj`, mixed)),
    first: looks[0]!.weights,
  };
}

export function mlp(read: Read, name: string, x: Row, { activation = quickGelu }: Layer): Row {
  return linear(read, `${name}.fc2`, linear(read, `${name}.fc1`, x).map(activation));
}

/** A pre-norm layer's second half. */
function feedForward(read: Read, name: string, x: Row, layer: Layer): Row {
  return plus(x, mlp(read, `${name}.mlp`, norm(read, `${name}.layer_norm2`, x, layer.epsilon), layer));
}

export function transformerLayer(read: Read, name: string, rows: Rows, layer: Layer): Rows {
  const normed = rows.map((row) => norm(read, `${name}.layer_norm1`, row, layer.epsilon));
  const { out } = selfAttention(read, `${name}.self_attn`, normed, layer);
  return rows.map((row, index) => feedForward(read, name, plus(row, out[index]!), layer));
}

/** A picture cut into patches, each [3, P, P] flattened, times the kernel. */
export function embedPatches(read: Read, picture: Row, { imageSize, patchSize }: Tower): Rows {
  const side = imageSize / patchSize;
  return Array.from({ length: side * side }, (_, patch) => {
    const cells = Array.from({ length: 3 * patchSize * patchSize }, (_, cell) => {
      const [channel, inside] = [Math.floor(cell / patchSize ** 2), cell % patchSize ** 2];
      const y = Math.floor(patch / side) * patchSize + Math.floor(inside / patchSize);
      const x = (patch % side) * patchSize + (inside % patchSize);
      return picture[(channel * imageSize + y) * imageSize + x]!;
    });
    return product(read('vision_model.embeddings.patch_embedding.weight'), cells);
  });
}

/** CLIP's states h_0 .. h_N of one picture, CLS first. */
export function clipTower(read: Read, picture: Row, tower: Tower): Rows[] {
  const cls = Array.from(read('vision_model.embeddings.class_embedding'));
  const positions = read('vision_model.embeddings.position_embedding.weight');
  const tokens = [cls, ...embedPatches(read, picture, tower)].map((token, index) =>
    norm(read, 'vision_model.pre_layrnorm', plus(token, rowAt(positions, index, tower.width)), tower.epsilon),
  );
  return encode(read, tokens, tower);
}

/** The states from the one that enters the first layer to the one that leaves the last. */
export function encode(read: Read, tokens: Rows, tower: Tower): Rows[] {
  const states = [tokens];
  for (let layer = 0; layer < tower.layers; layer++) {
    states.push(transformerLayer(read, `vision_model.encoder.layers.${layer}`, states[layer]!, tower));
  }
  return states;
}

/** What a branch reads of a tower layer: one CLS for the clip, and patches by frame. */
export interface View {
  readonly cls: Row;
  /** [T][L] */
  readonly patches: readonly Rows[];
}

export interface BranchStart {
  /** Stands for class embedding and its position. */
  readonly cls: Row;
  /** Position embedding of each patch. */
  readonly positions: Rows;
}

/** The branch with attention over time: its last state, and where CLS looks in each frame there, [T][heads][L+1]. */
export function stanBranch(
  read: Read,
  seen: readonly View[],
  start: BranchStart,
  tower: Tower,
): View & { readonly looks: readonly Rows[] } {
  let state: View & { looks: readonly Rows[] } = { cls: [], patches: [], looks: [] };
  seen.forEach((view, k) => {
    const entering: View =
      k === 0
        ? {
            cls: times(plus(view.cls, start.cls), 0.5),
            patches: view.patches.map((frame, t) =>
              frame.map((patch, l) =>
                plus(plus(patch, start.positions[l]!), rowAt(read('stan.time_embed.weight'), t, tower.width)),
              ),
            ),
          }
        : {
            cls: plus(state.cls, view.cls),
            patches: state.patches.map((frame, t) => frame.map((x, l) => plus(x, view.patches[t]![l]!))),
          };
    state = spatial(read, `stan.spatial.${k}`, temporal(read, `stan.temporal.${k}`, entering, tower), tower);
  });
  return state;
}

function temporal(read: Read, name: string, { cls, patches }: View, tower: Tower): View {
  const change = patches[0]!.map((_, l) => {
    const series = patches.map((frame) => norm(read, `${name}.layer_norm1`, frame[l]!, tower.epsilon));
    const { out } = selfAttention(read, `${name}.self_attn`, series, tower);
    return out.map((row) => linear(read, `${name}.temporal_fc`, row)); // [L][T]
  });
  return { cls, patches: patches.map((frame, t) => frame.map((x, l) => plus(x, change[l]![t]!))) };
}

function spatial(read: Read, name: string, { cls, patches }: View, tower: Tower) {
  const frames = patches.map((frame) => {
    const tokens = [cls, ...frame].map((row) => norm(read, `${name}.layer_norm1`, row, tower.epsilon));
    return selfAttention(read, `${name}.self_attn`, tokens, tower);
  });
  return {
    cls: feedForward(read, name, plus(cls, meanRow(frames.map(({ out }) => out[0]!))), tower),
    patches: patches.map((frame, t) =>
      frame.map((x, l) => feedForward(read, name, plus(x, frames[t]!.out[l + 1]!), tower)),
    ),
    looks: frames.map(({ first }) => first),
  };
}

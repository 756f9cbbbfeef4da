import { at } from '#core/at.ts';
import { add, mul, scale, sigmoid, sub } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { concat, pad, reshape, slice, transpose } from '#models/graph/ops/movement.ts';
import { mean } from '#models/graph/ops/reduce.ts';
import {
  type Dim,
  dimOf,
  GraphError,
  halveDim,
  multiplyDims,
  sizeOf,
  type Tensor,
} from '#models/graph/tensor.ts';
import { patchCount, patchPositions, placedClass, type TowerConfig } from './clip.ts';
import { linear, mlp, norm, selfAttention } from './layers.ts';
import { type TemporalModuleName, temporalModules } from './temporal.ts';
import { type Weights, scope } from './weights.ts';

/** The STAN branch (Liu et al. 2023, arXiv 2311.15075), as the authors' code computes it (docs/method.md). */
export interface StanConfig {
  /** K, layers of the branch, aligned with the tower's last ones. */
  readonly depth: number;
  /** Tower layers from one aligned layer to the next; 1 is the paper's choice, its Fig. 6 compares others. */
  readonly interval: number;
  readonly temporal: TemporalModuleName;
  /** Rows of the learned time table, the most frames a clip may have. */
  readonly maxFrames: number;
  /** BT-Adapter, the same authors' variant made for LLaVA; left out for STAN. */
  readonly adapter?: AdapterConfig | undefined;
}

/** What BT-Adapter's published code does beside its own class embedding (docs/method.md section 3). */
export interface AdapterConfig {
  /** Later layers mix state and tower by a learned gate per channel rather than add them. */
  readonly gated: boolean;
  /** The pooled CLS, for retrieval, is a gated mixture too rather than the sum. */
  readonly gatesPooled?: boolean | undefined;
  /** Each patch's row of frames is cut into halves that count as two patches of T/2 frames; T must be even. */
  readonly cutsFrames: boolean;
}

/** The video's own CLS [B, 1, 1, D] and its patches, patch-major [B, L, T, D]. */
export interface StanState {
  readonly cls: Tensor;
  readonly patches: Tensor;
}

/** The state after a layer, and the input of that layer's spatial attention. */
export interface StanLayer extends StanState {
  /** Each frame's patches behind the video CLS, normed: [B*T, L+1, D]. */
  readonly spatialInput: Tensor;
}

export interface BranchInput {
  /** Tower states h_0..h_N, each [B*T, L+1, D]; those the asked-for layers read must be there. */
  readonly tower: readonly Tensor[];
  /** B; clips of one batch have the same number of frames. */
  readonly clips: number;
  /** int64 [T]: 0 .. T-1, rows of the time table. */
  readonly positions: Tensor;
}

/** The tower layer (0-based) that branch layer k reads. */
export function alignedLayer(tower: TowerConfig, stan: StanConfig, k: number): number {
  const layer = tower.layers - 1 - (stan.depth - 1 - k) * stan.interval;
  if (layer < 0)
    throw new GraphError('stan', `${stan.depth} layers at interval ${stan.interval} do not fit the tower`);
  return layer;
}

/**
 * States S_0 .. S_{layers-1} after each of the branch's first `layers` layers.
 * @param weights root: the branch's own are `stan.*`, positions and class embedding are the tower's
 */
export function stanBranch(
  weights: Weights,
  { tower: states, clips, positions }: BranchInput,
  tower: TowerConfig,
  stan: StanConfig,
  layers = stan.depth,
): StanLayer[] {
  const own = scope(weights, 'stan');
  const frames = dimOf(positions, 0);
  const cuts = stan.adapter?.cutsFrames === true;
  const results: StanLayer[] = [];
  for (let k = 0; k < layers; k++) {
    const seen = towerView(at(states, alignedLayer(tower, stan, k) + 1), clips, frames, tower.pooling);
    const before = results[k - 1];
    const entering =
      before === undefined
        ? firstInput(weights, seen, positions, tower, stan)
        : laterInput(own, before, seen, tower, stan);
    const rows = cuts ? cutFrames(entering.patches) : entering.patches;
    const mixed = crossFrame(scope(own, `temporal.${k}`), rows, tower, stan);
    const after = intraFrame(scope(own, `spatial.${k}`), { cls: entering.cls, patches: mixed }, tower);
    results.push(cuts ? { ...after, patches: reshape(after.patches, seen.patches.shape) } : after);
  }
  return results;
}

/** [B, L, T, D] -> [B, 2L, T/2, D]: row 2l holds patch l in the first half of the clip, row 2l+1 in the second. */
function cutFrames(patches: Tensor): Tensor {
  const [clips, count, frames, width] = sizes(patches);
  return reshape(patches, [clips, multiplyDims(count, 2), halveDim(frames), width]);
}

/**
 * What the branch takes from a tower state [B*T, L+1, D]: the mean CLS over time and the patches in (l, t) order. In a
 * tower without a class token the mean patch of a frame stands for its CLS.
 */
export function towerView(
  state: Tensor,
  clips: number,
  frames: Dim,
  pooling: TowerConfig['pooling'] = 'cls',
): StanState {
  const [tokens, width] = [sizeOf(state, 1), sizeOf(state, 2)];
  const byFrame = transpose(reshape(state, [clips, frames, tokens, width]), [0, 2, 1, 3]); // [B, L+1, T, D]
  if (pooling === 'attention') return { cls: mean(mean(byFrame, 1), 2), patches: byFrame };
  return { cls: mean(slice(byFrame, 1, 0, 1), 2), patches: slice(byFrame, 1, 1, tokens) };
}

/** Layer 0 adds position and time to the patches and averages the frames' CLS with the placed class embedding. */
function firstInput(
  weights: Weights,
  seen: StanState,
  positions: Tensor,
  tower: TowerConfig,
  stan: StanConfig,
): StanState {
  const count = patchCount(tower);
  const time = lookup(weights('stan.time_embed.weight', [stan.maxFrames, tower.width]), positions); // [T, D]
  const index = reshape(patchPositions(scope(weights, 'vision_model'), tower), [count, 1, tower.width]); // [L, 1, D]
  const first = firstClass(weights, tower, stan);
  return { cls: scale(add(seen.cls, first), 0.5), patches: add(add(seen.patches, index), time) };
}

/** The tower's placed class embedding [1, D]; a learned one [1, 1, D] in a BT-Adapter or where the tower has none. */
function firstClass(weights: Weights, tower: TowerConfig, { adapter }: StanConfig): Tensor {
  const learned = (): Tensor => weights('stan.class_embedding', [1, 1, tower.width]);
  if (tower.pooling === 'attention') return learned();
  const { position, classAndPosition } = placedClass(scope(weights, 'vision_model'), tower);
  return adapter === undefined ? slice(classAndPosition, 0, 0, 1) : add(learned(), slice(position, 0, 0, 1));
}

/** What a later layer reads: the state before plus the tower, or gate by gate a mixture of both (BT-Adapter). */
function laterInput(
  own: Weights,
  before: StanState,
  seen: StanState,
  tower: TowerConfig,
  { adapter }: StanConfig,
): StanState {
  if (adapter?.gated !== true) {
    return { cls: add(before.cls, seen.cls), patches: add(before.patches, seen.patches) };
  }
  // the authors' factor makes a gate nearly a switch
  const gate = sigmoid(scale(own('balance2', [tower.width]), 100));
  const mix = (state: Tensor, from: Tensor): Tensor => add(state, mul(gate, sub(from, state)));
  return { cls: mix(before.cls, seen.cls), patches: mix(before.patches, seen.patches) };
}

/** Temporal module: mixes the frames of each patch position. y [B, L, T, D]. */
function crossFrame(weights: Weights, y: Tensor, tower: TowerConfig, stan: StanConfig): Tensor {
  const mixFrames = temporalModules[stan.temporal];
  if (mixFrames === undefined) return y;
  const rows = multiplyDims(dimOf(y, 0), dimOf(y, 1));
  const series = reshape(y, [rows, dimOf(y, 2), tower.width]); // [B*L, T, D]
  const normed = norm(scope(weights, 'layer_norm1'), series, tower.epsilon);
  const mixed = mixFrames(weights, normed, tower);
  // zero at the start of training, so that a fresh branch leaves its input unchanged
  const change = linear(scope(weights, 'temporal_fc'), mixed, tower.width);
  return add(y, reshape(change, y.shape));
}

/** Spatial module: a CLIP layer inside each frame, the video CLS copied into every frame and averaged back. */
function intraFrame(weights: Weights, state: StanState, tower: TowerConfig): StanLayer {
  const [clips, count] = [sizeOf(state.patches, 0), sizeOf(state.patches, 1)];
  const frames = dimOf(state.patches, 2);
  const patchesByFrame = transpose(state.patches, [0, 2, 1, 3]); // [B, T, L, D]
  // broadcasting against zeros copies the one CLS into each of the T frames
  const framesWithCls = add(pad(patchesByFrame, 2, 1, 0), pad(state.cls, 2, 0, count)); // [B, T, L+1, D]
  const tokens = reshape(framesWithCls, [multiplyDims(clips, frames), count + 1, tower.width]);
  const normed = norm(scope(weights, 'layer_norm1'), tokens, tower.epsilon);
  const attended = towerView(selfAttention(scope(weights, 'self_attn'), normed, tower), clips, frames);
  const cls = add(state.cls, attended.cls);
  const patches = add(state.patches, attended.patches);
  const feedForward = (x: Tensor): Tensor =>
    add(x, mlp(scope(weights, 'mlp'), norm(scope(weights, 'layer_norm2'), x, tower.epsilon), tower));
  return { cls: feedForward(cls), patches: feedForward(patches), spatialInput: normed };
}

/** The state as the authors lay it out: [B, 1 + L*T, D], CLS first, patches in (l, t) order. */
export function flattenState({ cls, patches }: StanState): Tensor {
  const [clips, count, frames, width] = sizes(patches);
  return concat(
    [reshape(cls, [clips, 1, width]), reshape(patches, [clips, multiplyDims(count, frames), width])],
    1,
  );
}

function sizes(patches: Tensor): [clips: Dim, count: Dim, frames: Dim, width: Dim] {
  return [dimOf(patches, 0), dimOf(patches, 1), dimOf(patches, 2), dimOf(patches, 3)];
}

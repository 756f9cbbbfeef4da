import { at } from '#core/at.ts';
import { add, mul, scale, sigmoid, sub } from '#models/graph/ops/elementwise.ts';
import { concat, reshape, slice } from '#models/graph/ops/movement.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { mean } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { dimOf, GraphError, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { imageEmbedding, type TowerConfig } from './clip.ts';
import { norm } from './layers.ts';
import {
  type AdapterConfig,
  type BranchInput,
  type StanConfig,
  type StanState,
  stanBranch,
  towerView,
} from './stan.ts';
import { type Weights, scope } from './weights.ts';

/** How the tokens of tower and branch become the LLM's video tokens; properties of a package (docs/method.md section 3). */
export interface TokenConfig {
  /** The layer the projector was trained on: the tower's last, or the one before it (LLaVA). */
  readonly tap: 'penultimate' | 'last';
  /** `post`: the tower's frozen post-LayerNorm over the fused tokens. */
  readonly tapNorm: 'none' | 'post';
  /**
   * `sum`, as the paper writes it in front of a norm; `mean`, half of it (BT-Adapter); `matched`, the sum with each token
   * brought to the length of the tower's own, which is what a projector without a norm has learnt to read.
   */
  readonly fusion: 'sum' | 'mean' | 'matched';
  /** Weights of the two streams before they are added; 1 and 1 where left out. */
  readonly fusionWeights?: { readonly tower: number; readonly branch: number } | undefined;
  readonly cls: 'first' | 'last' | 'none';
}

/** The authors' factor on BT-Adapter's gate of the pooled CLS, which makes it a switch (`out_norm`). */
const pooledGateScale = 1e4;

/** How many of the tower's and the branch's layers a tap needs. */
export function layersForTap(tap: TokenConfig['tap'], tower: TowerConfig, stan: StanConfig) {
  const dropped = tap === 'last' ? 0 : 1;
  // a branch layer is only left out where it reads the dropped tower layer, the last one
  return { tower: tower.layers - dropped, branch: stan.depth - dropped };
}

/** Tower tokens averaged over time: the video tokens without the branch, [B, L+1, D]. */
export function plainTokens(
  weights: Weights,
  { tower: states, clips, positions }: BranchInput,
  tower: TowerConfig,
  tokens: TokenConfig,
): Tensor {
  const state = at(states, tokens.tap === 'last' ? tower.layers : tower.layers - 1);
  const view = towerView(state, clips, dimOf(positions, 0), tower.pooling);
  return finish(weights, meanOverTime(view), tower, tokens);
}

/** The tower's tokens of each frame alone: [B*T, L+1, D]. */
export function frameTokens(
  weights: Weights,
  { tower: states }: Pick<BranchInput, 'tower'>,
  tower: TowerConfig,
  tokens: TokenConfig,
): Tensor {
  return finish(weights, at(states, tokens.tap === 'last' ? tower.layers : tower.layers - 1), tower, tokens);
}

/** Tower plus branch, the whole clip in the shape of one picture: [B, L+1, D] (L without CLS). */
export function videoTokens(
  weights: Weights,
  input: BranchInput,
  tower: TowerConfig,
  stan: StanConfig,
  tokens: TokenConfig,
): Tensor {
  const layers = layersForTap(tokens.tap, tower, stan);
  const state = at(stanBranch(weights, input, tower, stan, layers.branch), layers.branch - 1);
  const seen = at(input.tower, layers.tower);
  const fused = fuse(seen, state, input, tokens.fusionWeights, tower.pooling);
  switch (tokens.fusion) {
    case 'sum':
      return finish(weights, fused, tower, tokens);
    case 'mean':
      return finish(weights, scale(fused, 0.5), tower, tokens);
    case 'matched': {
      const view = towerView(seen, input.clips, dimOf(input.positions, 0), tower.pooling);
      return finish(weights, mul(unitLength(fused), lengths(meanOverTime(view))), tower, tokens);
    }
  }
}

/** The Euclidean length of each token: [B, S, D] -> [B, S, 1]. */
function lengths(tokens: Tensor): Tensor {
  return sum(mul(tokens, unitLength(tokens)), [2]);
}

/** mean_t X + mean_t S, each times its weight, CLS first: [B, L+1, D]. */
export function fuse(
  towerState: Tensor,
  state: StanState,
  { clips, positions }: BranchInput,
  weights = { tower: 1, branch: 1 },
  pooling: TowerConfig['pooling'] = 'cls',
): Tensor {
  const ofTower = meanOverTime(towerView(towerState, clips, dimOf(positions, 0), pooling));
  const ofBranch = meanOverTime(state);
  const weighted = (x: Tensor, weight: number): Tensor => (weight === 1 ? x : scale(x, weight));
  return add(weighted(ofTower, weights.tower), weighted(ofBranch, weights.branch));
}

/** [B, L+1, D] from a state's CLS and the mean over time of its patches. */
function meanOverTime({ cls, patches }: StanState): Tensor {
  const [clips, count, width] = [dimOf(patches, 0), dimOf(patches, 1), dimOf(patches, 3)];
  return concat([reshape(cls, [clips, 1, width]), reshape(mean(patches, 2), [clips, count, width])], 1);
}

function finish(weights: Weights, fused: Tensor, tower: TowerConfig, { tapNorm, cls }: TokenConfig): Tensor {
  const normed =
    tapNorm === 'post' ? norm(scope(weights, 'vision_model.post_layernorm'), fused, tower.epsilon) : fused;
  if (tower.pooling === 'attention' && cls !== 'none')
    throw new GraphError('videoTokens', `a tower without a class token gives patches only, not CLS ${cls}`);
  if (cls === 'first') return normed;
  const patches = slice(normed, 1, 1, sizeOf(normed, 1));
  return cls === 'none' ? patches : concat([patches, slice(normed, 1, 0, 1)], 1);
}

/**
 * v_t = head(x_t + S_K[CLS]), for retrieval and recognition: [B, T, P]. x_t is the input of the tower's head in a frame:
 * CLS in CLIP, where the head is W_v postLN (docs/method.md section 3), all patches where it pools by attention. A
 * BT-Adapter with a gate for it mixes both instead of adding them.
 */
export function frameEmbeddings(
  weights: Weights,
  input: BranchInput,
  state: StanState,
  tower: TowerConfig,
  jointWidth: number,
  adapter?: AdapterConfig,
): Tensor {
  const seen = headInput(input, tower);
  const each = seen.shape.slice(1, -1).map(() => 1);
  const video = reshape(state.cls, [input.clips, ...each, tower.width]);
  if (adapter?.gatesPooled !== true) return imageEmbedding(weights, add(seen, video), tower, jointWidth);
  const gate = sigmoid(scale(weights('stan.balance1', [tower.width]), pooledGateScale));
  return imageEmbedding(weights, add(video, mul(gate, sub(seen, video))), tower, jointWidth);
}

/** head(x_t), frame embeddings of the tower alone: [B, T, P]. Their mean is the baseline without the branch. */
export function plainEmbeddings(
  weights: Weights,
  input: BranchInput,
  tower: TowerConfig,
  jointWidth: number,
): Tensor {
  return imageEmbedding(weights, headInput(input, tower), tower, jointWidth);
}

/** Input of the tower's head in each frame, after the last layer: CLS [B, T, D], or all patches [B, T, L, D]. */
function headInput({ tower: states, clips, positions }: BranchInput, tower: TowerConfig): Tensor {
  const last = at(states, tower.layers);
  const frames = dimOf(positions, 0);
  if (tower.pooling === 'attention') return reshape(last, [clips, frames, sizeOf(last, 1), tower.width]);
  return reshape(slice(last, 1, 0, 1), [clips, frames, tower.width]);
}

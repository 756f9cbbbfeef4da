import type { EncoderArchitecture } from '#models/package/architecture.ts';
import { PackageError } from '#models/package/package-error.ts';
import { patchCount, type TowerConfig } from '#models/nets/clip.ts';
import { layersForTap, type TokenConfig } from '#models/nets/video-tokens.ts';
import type { Branch } from './branch.ts';
import type { Clip, Tower } from './clip.ts';
import type { Llava } from './llava.ts';
import { planRetrieval, type RetrievalPlan } from './plan-retrieval.ts';
import type { Squares } from './pictures.ts';
import { countLayers, joinWeights, type WeightSource } from './weight-source.ts';

/** What a package's encoders are made of. */
export interface Plan {
  readonly chat: {
    readonly arch: EncoderArchitecture;
    readonly weights: WeightSource;
    readonly squares: Squares;
  };
  /** Undefined where the sources have no whole CLIP with a text tower, or no tokenizer for it. */
  readonly retrieval: RetrievalPlan | undefined;
  /** What whoever imports these files should know. */
  readonly remarks: readonly string[];
}

export interface PlanOptions {
  /** Of a clip; as many as the authors of the branch take where left out. */
  readonly frames?: number | undefined;
  readonly resize?: Squares['resize'] | undefined;
  readonly fusion?: TokenConfig['fusion'] | undefined;
}

/** How the chat code of each branch was published. Mug-STAN's was not: its tokens are brought to the length of plain ones. */
const published = {
  'mug-stan': { fusion: 'matched', cls: 'first', frames: 12, squares: undefined },
  'bt-adapter': { fusion: 'mean', cls: 'last', frames: 64, squares: { resize: 'squash', kernel: 'nearest' } },
} as const;

/**
 * Fits a chatbot, a branch and perhaps a CLIP together. For chat the branch is plugged into the chatbot's own frozen
 * tower; for retrieval the checkpoint's tuned CLIP counts where it has one (docs/method.md section 7). Reads no values.
 * Throws `PackageError`, naming the two that do not fit.
 */
export function planPackage(llava: Llava, branch: Branch, clip: Clip | undefined, wanted: PlanOptions): Plan {
  const tower: Tower | undefined = llava.tower ?? clip;
  if (tower === undefined) {
    throw misfit('The LLaVA comes without its vision tower; name the CLIP it was trained with by --clip.');
  }
  if (tower.config.pooling === 'attention') {
    throw misfit('The vision tower has no class token; a branch for such a tower cannot be imported yet.');
  }
  const { width } = tower.config;
  if (branch.width !== width) {
    throw misfit(`The branch is for towers ${branch.width} wide, the vision tower is ${width} wide.`);
  }
  if (llava.projector.inputWidth !== width) {
    throw misfit(
      `The projector reads ${llava.projector.inputWidth} values, the vision tower gives ${width}.`,
    );
  }
  const config = { ...tower.config, layers: wholeTower(tower, branch) };
  const { config: stan, kind } = branch;
  const { fusion, cls, frames, squares } = published[kind];
  const arch: EncoderArchitecture = {
    tower: config,
    stan,
    tokens: { tap: llava.tap, tapNorm: 'none', fusion: wanted.fusion ?? fusion, cls },
    projector: llava.projector.config,
    frames: Math.min(wanted.frames ?? frames, stan.maxFrames),
    mean: tower.pictures.mean,
    std: tower.pictures.std,
  };
  const stored = countLayers(tower.weights, 'vision_model.encoder.layers');
  const needed = layersForTap(llava.tap, config, stan).tower;
  if (stored < needed) throw misfit(`The vision tower's file holds ${stored} layers, ${needed} are needed.`);
  const branchAlone = withoutTower(branch.weights);
  const ofChatbot = { resize: llava.resize ?? tower.pictures.resize };
  return {
    chat: {
      arch,
      weights: joinWeights(tower.weights, llava.projector.weights, branchAlone),
      squares: wanted.resize === undefined ? (squares ?? ofChatbot) : { resize: wanted.resize },
    },
    retrieval: planRetrieval(branch, clip, config, wanted.frames),
    remarks: [...branch.remarks, ...sizeRemarks(branch, config)],
  };
}

/** Nothing fails where a branch was trained at another size, and nobody has published how well that goes. */
function sizeRemarks({ pictureTokens }: Branch, { imageSize, patchSize }: TowerConfig): string[] {
  if (pictureTokens === undefined || pictureTokens === patchCount({ imageSize, patchSize }) + 1) return [];
  const trained = Math.sqrt(pictureTokens - 1) * patchSize;
  return [
    `The branch was trained at ${trained} px beside another tower; the chatbot's tower sees ${imageSize} px.`,
  ];
}

/**
 * The height of the tower that a branch belongs to: its layers count from the tower's end, of which a chatbot's file
 * may lack what its projector does not read.
 */
function wholeTower({ config, weights }: Tower, { towerLayers = config.layers }: Branch): number {
  const stored = countLayers(weights, 'vision_model.encoder.layers');
  if (towerLayers >= stored) return towerLayers;
  throw misfit(`The branch is for towers of ${towerLayers} layers, the vision tower has ${stored}.`);
}

function withoutTower(weights: WeightSource): WeightSource {
  const own = weights.names.filter((name) => name.startsWith('stan.'));
  const kept = new Set(own);
  return { ...weights, names: own, has: (name) => kept.has(name) };
}

function misfit(problem: string): PackageError {
  return new PackageError('invalid', problem);
}

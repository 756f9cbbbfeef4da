import type { EncoderArchitecture, RetrievalArchitecture } from '#models/package/architecture.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import type { TowerConfig } from '#models/nets/clip.ts';
import { layersForTap } from '#models/nets/video-tokens.ts';
import type { Branch } from './branch.ts';
import type { Clip, Tower } from './clip.ts';
import type { ClipTokenizer } from './clip-tokenizer.ts';
import type { Llava } from './llava.ts';
import { textConfig, visionConfig } from './tower.ts';
import { countLayers, joinWeights, type WeightSource } from './weight-source.ts';

/** What a package's encoders are made of. */
export interface Plan {
  readonly chat: { readonly arch: EncoderArchitecture; readonly weights: WeightSource };
  /** Undefined where the sources have no whole CLIP with a text tower, or no tokenizer for it. */
  readonly retrieval: RetrievalPlan | undefined;
  readonly resize: PackageManifest['vision']['resize'];
}

export interface RetrievalPlan {
  readonly arch: RetrievalArchitecture;
  readonly weights: WeightSource;
  readonly tokenizer: ClipTokenizer;
}

/**
 * Fits a chatbot, a branch and perhaps a CLIP together. For chat the branch is plugged into the chatbot's own frozen
 * tower; for retrieval the checkpoint's tuned CLIP counts where it has one (docs/method.md section 7). Reads no values.
 * Throws `PackageError`, naming the two that do not fit.
 */
export function planPackage(
  llava: Llava,
  branch: Branch,
  clip: Clip | undefined,
  wanted: { readonly frames: number; readonly resize?: Plan['resize'] | undefined },
): Plan {
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
  const stan = branch.config;
  const isAdapter = stan.adapter !== undefined;
  const arch: EncoderArchitecture = {
    tower: config,
    stan,
    // Mug-STAN adds, CLS first; BT-Adapter halves the sum and puts CLS last: as each was published
    tokens: {
      tap: llava.tap,
      tapNorm: 'none',
      fusion: isAdapter ? 'mean' : 'sum',
      cls: isAdapter ? 'last' : 'first',
    },
    projector: llava.projector.config,
    frames: Math.min(wanted.frames, stan.maxFrames),
    mean: tower.pictures.mean,
    std: tower.pictures.std,
  };
  const stored = countLayers(tower.weights, 'vision_model.encoder.layers');
  const needed = layersForTap(llava.tap, config, stan).tower;
  if (stored < needed) throw misfit(`The vision tower's file holds ${stored} layers, ${needed} are needed.`);
  const branchAlone = withoutTower(branch.weights);
  return {
    chat: { arch, weights: joinWeights(tower.weights, llava.projector.weights, branchAlone) },
    retrieval: isAdapter ? undefined : planRetrieval(branch, clip, config),
    resize: wanted.resize ?? llava.tower?.pictures.resize ?? tower.pictures.resize,
  };
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

function planRetrieval(
  branch: Branch,
  clip: Clip | undefined,
  { heads, epsilon, activation }: TowerConfig,
): RetrievalPlan | undefined {
  if (clip?.tokenizer === undefined) return undefined;
  const weights = joinWeights(branch.weights, clip.weights);
  const parts = ['visual_projection.weight', 'text_projection.weight', 'vision_model.post_layernorm.weight'];
  if (!parts.every((name) => weights.has(name))) return undefined;
  const where = 'the checkpoint of the branch';
  const tower = visionConfig(weights, where, { heads, epsilon, activation });
  const text = textConfig(weights, where, clip.statedText);
  const { start, end } = clip.tokenizer;
  if (Math.max(start, end) >= text.text.vocabulary) {
    throw misfit(`The tokenizer ends texts with token ${end}, the text tower knows ${text.text.vocabulary}.`);
  }
  return { arch: { tower, stan: branch.config, ...text }, weights, tokenizer: clip.tokenizer };
}

function withoutTower(weights: WeightSource): WeightSource {
  const own = weights.names.filter((name) => name.startsWith('stan.'));
  const kept = new Set(own);
  return { ...weights, names: own, has: (name) => kept.has(name) };
}

function misfit(problem: string): PackageError {
  return new PackageError('invalid', problem);
}

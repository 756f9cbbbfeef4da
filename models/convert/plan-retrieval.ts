import type { TowerConfig } from '#models/nets/clip.ts';
import type { RetrievalArchitecture } from '#models/package/architecture.ts';
import type { Matching } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import type { Branch } from './branch.ts';
import type { Clip } from './clip.ts';
import type { ClipTokenizer } from './clip-tokenizer.ts';
import type { Squares } from './pictures.ts';
import { textConfig, visionConfig } from './tower.ts';
import { joinWeights, type WeightSource } from './weight-source.ts';

/** What a package finds clips with. */
export interface RetrievalPlan {
  readonly arch: RetrievalArchitecture;
  readonly weights: WeightSource;
  readonly tokenizer: ClipTokenizer;
  readonly frames: number;
  readonly squares: Squares;
  readonly matching: Matching;
  /** Tokens of a text that were seen in the post-pretraining, start and end among them. */
  readonly maxTextLength: number;
}

/**
 * What both branches were post-pretrained and are evaluated with (configs/exp/stan, configs/btadapter): 12 frames whose
 * shorter side OpenCV makes 224, texts of at most 64 tokens.
 */
const published = { frames: 12, squares: { resize: 'crop', kernel: 'bilinear' }, maxTextLength: 64 } as const;

/** Mug_head's default mode; BT-Adapter has no Mug. */
const matching = { 'mug-stan': { form: 'simple' }, 'bt-adapter': { form: 'mean' } } as const;

/**
 * The checkpoint's own CLIP counts where it has one, `clip` for the rest. Undefined where the sources hold no whole CLIP.
 * Throws `PackageError` for a tokenizer of another text tower.
 */
export function planRetrieval(
  branch: Branch,
  clip: Clip | undefined,
  { heads, epsilon, activation }: TowerConfig,
  frames: number = published.frames,
): RetrievalPlan | undefined {
  const { retrieval: stan } = branch;
  if (clip?.tokenizer === undefined || stan === undefined) return undefined;
  const weights = joinWeights(branch.weights, clip.weights);
  const parts = ['visual_projection.weight', 'text_projection.weight', 'vision_model.post_layernorm.weight'];
  if (!parts.every((name) => weights.has(name))) return undefined;
  const where = 'the checkpoint of the branch';
  const tower = visionConfig(weights, where, { heads, epsilon, activation });
  const text = textConfig(weights, where, clip.statedText);
  const { start, end } = clip.tokenizer;
  if (Math.max(start, end) >= text.text.vocabulary) {
    const problem = `The tokenizer ends texts with token ${end}, the text tower knows ${text.text.vocabulary}.`;
    throw new PackageError('invalid', problem);
  }
  return {
    arch: { tower, stan, ...text },
    weights,
    tokenizer: clip.tokenizer,
    frames: Math.min(frames, stan.maxFrames),
    squares: published.squares,
    matching: matching[branch.kind],
    maxTextLength: Math.min(published.maxTextLength, text.text.context),
  };
}

import { FormatError } from '#models/formats/format-error.ts';
import { openTensorFile } from './open-tensor-file.ts';
import type { StanConfig } from '#models/nets/stan.ts';
import { type TemporalModuleName, temporalModuleNames } from '#models/nets/temporal.ts';
import { mugStanName } from './names.ts';
import { countLayers, type WeightSource, weightsOf, withZeros } from './weight-source.ts';

/** A post-pretrained branch: what it is and its weights, `stan.*`, with the checkpoint's own CLIP beside it if it is there. */
export interface Branch {
  readonly kind: 'mug-stan' | 'bt-adapter';
  /** As the authors' code for chat runs it. */
  readonly config: StanConfig;
  /** As their code for retrieval runs it; undefined for a branch that was saved without its last layer. */
  readonly retrieval: StanConfig | undefined;
  /** Tokens' width, the tower's. */
  readonly width: number;
  /** Layers of the tower it was trained beside; undefined where the checkpoint holds the branch alone. */
  readonly towerLayers: number | undefined;
  /** Patches and CLS of a picture in its training; undefined likewise. */
  readonly pictureTokens: number | undefined;
  /** What an import should say of it. */
  readonly remarks: readonly string[];
  readonly weights: WeightSource;
  close(): Promise<void>;
}

/**
 * BT-Adapter's trainer for instructions keeps the branch beside tower layers N-4 to N-2 (`reserve_layers=4,
 * return_layers=-2`) and saves what is named after it, without its gates (llava_trainer.py).
 */
const trainedForInstructions = 3;

/** Opens a Mug-STAN or BT-Adapter checkpoint (`.pth`, or the same names in safetensors). Throws `FormatError`. */
export async function openBranch(path: string): Promise<Branch> {
  const file = await openTensorFile(path);
  try {
    const stored = weightsOf(file, mugStanName);
    const depth = countLayers(stored, 'stan.spatial');
    const table = 'stan.time_embed.weight';
    if (depth === 0 || !stored.has(table)) {
      const problem = 'holds no STAN branch (no STAN_* or btadapter_* weights); is it a Mug-STAN checkpoint?';
      throw new FormatError('unsupported', path, problem);
    }
    const [maxFrames = 0, width = 0] = stored.shape(table);
    const towerLayers = countLayers(stored, 'vision_model.encoder.layers');
    const positions = 'vision_model.embeddings.position_embedding.weight';
    const base = { depth, interval: 1, temporal: temporalModule(stored), maxFrames } as const;
    return {
      ...(stored.has('stan.class_embedding') ? adapter(stored, base, width) : mugStan(stored, base)),
      width,
      towerLayers: towerLayers === 0 ? undefined : towerLayers,
      pictureTokens: stored.has(positions) ? stored.shape(positions)[0] : undefined,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Described = Pick<Branch, 'kind' | 'config' | 'retrieval' | 'remarks' | 'weights'>;

function mugStan(weights: WeightSource, config: StanConfig): Described {
  return { kind: 'mug-stan', config, retrieval: config, remarks: [], weights };
}

/** Gates that the file lacks the authors' loader for chat leaves at zero, where they are half open (btadapter.py, `use_norm`). */
function adapter(stored: WeightSource, base: StanConfig, width: number): Described {
  const [gated, gatesPooled] = [stored.has('stan.balance2'), stored.has('stan.balance1')];
  const cut = !gated && base.depth === trainedForInstructions;
  const remarks = gated
    ? []
    : ['The branch was saved without its gates, which stand half open, as in its authors’ code.'];
  if (cut) remarks.push(cutRemark);
  return {
    kind: 'bt-adapter',
    config: {
      ...base,
      depth: cut ? base.depth + 1 : base.depth,
      adapter: { gated: true, cutsFrames: true },
    },
    retrieval: cut ? undefined : { ...base, adapter: { gated, gatesPooled, cutsFrames: false } },
    remarks,
    weights: withZeros(stored, new Map(gated ? [] : [['stan.balance2', [width]]])),
  };
}

const cutRemark =
  'It has three layers, as after training on instructions: its authors use it with the projector of that training, and search needs a fourth.';

/** A weight that only a branch with this module has; `undefined` for the one that has none. */
const moduleWeights: Readonly<Record<TemporalModuleName, string | undefined>> = {
  attention: 'stan.temporal.0.self_attn.q_proj.weight',
  convolution: 'stan.temporal.0.conv.weight',
  none: undefined,
};

function temporalModule(weights: WeightSource): TemporalModuleName {
  const found = temporalModuleNames.find((name) => {
    const weight = moduleWeights[name];
    return weight !== undefined && weights.has(weight);
  });
  return found ?? 'none';
}

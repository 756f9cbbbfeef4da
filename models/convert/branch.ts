import { FormatError } from '#models/formats/format-error.ts';
import { openTensorFile } from './open-tensor-file.ts';
import type { StanConfig } from '#models/nets/stan.ts';
import { type TemporalModuleName, temporalModuleNames } from '#models/nets/temporal.ts';
import { mugStanName } from './names.ts';
import { countLayers, type WeightSource, weightsOf } from './weight-source.ts';

/** A post-pretrained branch: what it is and its weights, `stan.*`, with the checkpoint's own CLIP beside it if it is there. */
export interface Branch {
  readonly config: StanConfig;
  /** Tokens' width, the tower's. */
  readonly width: number;
  /** Layers of the tower it was trained beside; undefined where the checkpoint holds the branch alone. */
  readonly towerLayers: number | undefined;
  readonly weights: WeightSource;
  close(): Promise<void>;
}

/** Opens a Mug-STAN or BT-Adapter checkpoint (`.pth`, or the same names in safetensors). Throws `FormatError`. */
export async function openBranch(path: string): Promise<Branch> {
  const file = await openTensorFile(path);
  try {
    const weights = weightsOf(file, mugStanName);
    const depth = countLayers(weights, 'stan.spatial');
    const table = 'stan.time_embed.weight';
    if (depth === 0 || !weights.has(table)) {
      const problem = 'holds no STAN branch (no STAN_* or btadapter_* weights); is it a Mug-STAN checkpoint?';
      throw new FormatError('unsupported', path, problem);
    }
    const [maxFrames = 0, width = 0] = weights.shape(table);
    const isAdapter = weights.has('stan.class_embedding');
    const towerLayers = countLayers(weights, 'vision_model.encoder.layers');
    return {
      config: {
        depth,
        interval: 1,
        temporal: temporalModule(weights),
        maxFrames,
        ...(isAdapter && { adapter: { gated: weights.has('stan.balance2'), cutsFrames: true } }),
      },
      width,
      towerLayers: towerLayers === 0 ? undefined : towerLayers,
      weights,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

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

import { FormatError } from '#models/formats/format-error.ts';
import { type GgufFile, openGguf } from '#models/formats/gguf/read.ts';
import type { TokenConfig } from '#models/nets/video-tokens.ts';
import type { Llava } from './llava.ts';
import { templateOfGguf } from './llm-family.ts';
import { mmprojNames } from './names.ts';
import { clipPictures, type PictureRule } from './pictures.ts';
import { projectorOf } from './projector.ts';
import { publishedLayers, visionConfig } from './tower.ts';
import { ggufWeights } from './weight-source.ts';

/** The pair of GGUF files that llama.cpp's tools make of a LLaVA. Throws `FormatError`. */
export async function openGgufLlava(path: string, mmproj: string): Promise<Llava> {
  const file = await openGguf(mmproj);
  try {
    const weights = ggufWeights(file, mmprojNames(file.tensors));
    refuseOtherTowers(file);
    const vision = (key: string): number => file.number(`clip.vision.${key}`);
    const stated = { heads: vision('attention.head_count'), epsilon: vision('attention.layer_norm_epsilon') };
    const config = visionConfig(weights, mmproj, stated);
    const pictures: PictureRule = {
      mean: triple(file, 'clip.vision.image_mean') ?? clipPictures.mean,
      std: triple(file, 'clip.vision.image_std') ?? clipPictures.std,
      resize: resizeOf(file, config.imageSize),
    };
    return {
      tower: { config, weights, pictures },
      resize: pictures.resize,
      projector: projectorOf(weights, mmproj),
      tap: tapOf(file, config.width),
      llm: { kind: 'gguf', path },
      template: await templateOfGguf(path),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Says what a file is that llama.cpp reads and we do not, rather than which of its weights is missing here. */
function refuseOtherTowers(file: GgufFile): void {
  const refuse = (problem: string) => new FormatError('unsupported', file.path, problem);
  if (![...file.tensors.keys()].some((name) => name.startsWith('v.')))
    throw refuse("holds no vision tower; --mmproj takes a LLaVA's projector file (mmproj-*.gguf)");
  const projector = scalar(file, 'clip.projector_type') ?? 'mlp';
  if (projector !== 'mlp')
    throw refuse(`its projector is of llama.cpp's type ${projector}; a LLaVA's, mlp, is supported`);
  if (file.tensors.has('mm.3.weight') || file.tensors.has('mm.1.weight'))
    throw refuse('its projector has norms between its layers (Yi-VL), which are not supported');
  if (!file.tensors.has('v.class_embd'))
    throw refuse(
      "its tower has no class token, so it is not CLIP's (SigLIP?); a branch for CLIP does not fit it",
    );
  if (scalar(file, 'clip.use_gelu') === true)
    throw refuse("the tower's activation is gelu, not CLIP's quick_gelu");
  if (scalar(file, 'clip.use_silu') === true)
    throw refuse("the tower's activation is silu, not CLIP's quick_gelu");
}

/**
 * mmproj files rarely say how pictures become squares. LLaVA 1.5, at 336 px, pads them; LLaVA 1.6, whose files list the
 * grids it cuts large pictures into, squashes the view of the whole picture; LLaVA 1, at 224 px, crops.
 */
function resizeOf(file: GgufFile, imageSize: number): PictureRule['resize'] {
  if (file.metadata.has('clip.vision.image_grid_pinpoints') || file.tensors.has('model.image_newline')) {
    return 'squash';
  }
  if (scalar(file, 'clip.vision.image_aspect_ratio') === 'pad') return 'pad';
  return imageSize === 336 ? 'pad' : 'crop';
}

/** Newer files name the hidden state that the projector reads, counted from the embeddings' 0. */
function tapOf(file: GgufFile, width: number): TokenConfig['tap'] {
  const list = file.metadata.get('clip.vision.feature_layer');
  const named = list?.type === 'array' ? list.values.map(Number) : [];
  const all = publishedLayers.get(width);
  const [only = 0] = named;
  if (named.length === 0 || all === undefined || (named.length === 1 && only === all - 1))
    return 'penultimate';
  if (named.length === 1 && only === all) return 'last';
  const problem = `its projector reads tower layers ${named.join(', ')} of ${all}; ${all - 1} or ${all} are supported`;
  throw new FormatError('unsupported', file.path, problem);
}

function scalar(file: GgufFile, key: string): unknown {
  const entry = file.metadata.get(key);
  return entry === undefined || entry.type === 'array' ? undefined : entry.value;
}

function triple(file: GgufFile, key: string): [number, number, number] | undefined {
  const list = file.metadata.get(key);
  const [a, b, c] = list?.type === 'array' ? list.values.map(Number) : [];
  return a === undefined || b === undefined || c === undefined ? undefined : [a, b, c];
}

import { at } from '#core/at.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { input, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { textTokens, visionTower } from '#models/nets/clip.ts';
import { patchAttention } from '#models/nets/patch-attention.ts';
import { project } from '#models/nets/projector.ts';
import { stanBranch } from '#models/nets/stan.ts';
import {
  frameEmbeddings,
  frameTokens,
  layersForTap,
  plainEmbeddings,
  plainTokens,
  videoTokens,
} from '#models/nets/video-tokens.ts';
import { type Weights, scope } from '#models/nets/weights.ts';
import type { BranchedTower, EncoderArchitecture, RetrievalArchitecture } from './architecture.ts';

/** The inputs of both encoders: one clip of T frames, T known when it is run. */
function clipInputs({ tower }: BranchedTower) {
  return {
    pixels: input('pixels', ['T', 3, tower.imageSize, tower.imageSize]),
    positions: input('positions', ['T'], 'int64'),
  };
}

/**
 * Frames to what the LLM reads: `pixels` [T, 3, H, W] normalised and `positions` int64 [T] (0 .. T-1) to
 * `video_tokens` with the branch and `plain_tokens` without it, both [tokens, width], and `frame_tokens` of each frame alone,
 * [T, tokens, width]. Layers above the tap are left out.
 */
export function chatEncoder(
  weights: Weights,
  arch: EncoderArchitecture,
): Record<'video_tokens' | 'plain_tokens' | 'frame_tokens', Tensor> {
  const { pixels, positions } = clipInputs(arch);
  const layers = layersForTap(arch.tokens.tap, arch.tower, arch.stan);
  const tower = visionTower(scope(weights, 'vision_model'), pixels, arch.tower, layers.tower);
  const seen = { tower, clips: 1, positions };
  const forLlm = (tokens: Tensor): Tensor => {
    const projected = project(weights, tokens, arch.projector);
    return reshape(projected, [sizeOf(projected, 1), arch.projector.width]);
  };
  return {
    video_tokens: forLlm(videoTokens(weights, seen, arch.tower, arch.stan, arch.tokens)),
    plain_tokens: forLlm(plainTokens(weights, seen, arch.tower, arch.tokens)),
    frame_tokens: project(weights, frameTokens(weights, seen, arch.tower, arch.tokens), arch.projector),
  };
}

/**
 * Frames to the joint space: the same inputs to `frame_embeddings` [T, P] with all layers of tower and branch, to
 * `plain_embeddings` [T, P] of the tower alone, and to `patch_attention` [T, L], the attention of the branch's last layer.
 */
export function retrievalEncoder(
  weights: Weights,
  arch: RetrievalArchitecture,
): Record<'frame_embeddings' | 'plain_embeddings' | 'patch_attention', Tensor> {
  const { stan, tower, jointWidth } = arch;
  const { pixels, positions } = clipInputs(arch);
  const seen = {
    tower: visionTower(scope(weights, 'vision_model'), pixels, tower),
    clips: 1,
    positions,
  };
  const last = at(stanBranch(weights, seen, tower, stan), stan.depth - 1);
  const ofClip = (embeddings: Tensor): Tensor => reshape(embeddings, ['T', jointWidth]);
  return {
    frame_embeddings: ofClip(frameEmbeddings(weights, seen, last, tower, jointWidth, stan.adapter)),
    plain_embeddings: ofClip(plainEmbeddings(weights, seen, tower, jointWidth)),
    patch_attention: patchAttention(scope(weights, `stan.spatial.${stan.depth - 1}`), last, tower),
  };
}

/** Texts to the joint space: `ids` int64 [N, K] to `token_embeddings` [N, K, P]; the end token's row is the text's own. */
export function textEncoder(
  weights: Weights,
  arch: RetrievalArchitecture,
): Record<'token_embeddings', Tensor> {
  const ids = input('ids', ['N', arch.text.context], 'int64');
  return { token_embeddings: textTokens(weights, ids, arch.text, arch.jointWidth) };
}

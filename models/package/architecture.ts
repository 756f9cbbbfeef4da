import type { TextConfig, TowerConfig } from '#models/nets/clip.ts';
import type { LlamaConfig } from '#models/nets/llama.ts';
import type { ProjectorConfig } from '#models/nets/projector.ts';
import type { StanConfig } from '#models/nets/stan.ts';
import type { TokenConfig } from '#models/nets/video-tokens.ts';

/** Sizes of a tower with its branch. */
export interface BranchedTower {
  readonly tower: TowerConfig;
  readonly stan: StanConfig;
}

/** Sizes of the encoders of frames and texts into the joint space. */
export interface RetrievalArchitecture extends BranchedTower {
  readonly text: TextConfig;
  readonly jointWidth: number;
}

/** Sizes of the encoder of frames into video tokens, and the preprocessing of frames. */
export interface EncoderArchitecture extends BranchedTower {
  readonly tokens: TokenConfig;
  readonly projector: ProjectorConfig;
  readonly frames: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Sizes of all nets of a package that is trained here. */
export interface Architecture extends EncoderArchitecture, RetrievalArchitecture {
  readonly llm: LlamaConfig;
}

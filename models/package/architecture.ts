import type { TextConfig, TowerConfig } from '../nets/clip.ts';
import type { LlamaConfig } from '../nets/llama.ts';
import type { ProjectorConfig } from '../nets/projector.ts';
import type { StanConfig } from '../nets/stan.ts';
import type { TokenConfig } from '../nets/video-tokens.ts';

/** Sizes of everything one package is made of. */
export interface Architecture {
  readonly tower: TowerConfig;
  readonly text: TextConfig;
  readonly jointWidth: number;
  readonly stan: StanConfig;
  readonly tokens: TokenConfig;
  readonly projector: ProjectorConfig;
  readonly llm: LlamaConfig;
  readonly frames: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

import type { z } from 'zod';
import type { frameFit, modelResource } from '#contract/rest.ts';
import { rest } from './rest.ts';

/** How the model makes a square of a frame. */
export type Fit = z.infer<typeof frameFit>;

/** The loaded package, as the page shows it. */
export interface Model {
  readonly name: string;
  /** What it knows and what it does not. */
  readonly about: string;
  /** Frames taken from a clip by default, and at most. */
  readonly frames: number;
  readonly maxFrames: number;
  readonly fit: Fit;
  /** Tokens that one conversation can have. */
  readonly context: number;
  /** Whether it finds clips by words. */
  readonly canSearch: boolean;
  readonly clipFormats: ClipFormats;
}

/** Files that can be chosen as clips. */
export interface ClipFormats {
  /** As the `accept` attribute of a file input takes them. */
  readonly accept: string;
  /** The usual extensions of what every browser plays, for people to read. */
  readonly hint: string;
}

/** Until the server has named its own. */
export const anyClip: ClipFormats = { accept: 'video/*,image/gif', hint: '' };

/** Throws `ClientError`; `starting` while the server still loads it. */
export async function fetchModel(): Promise<Model | undefined> {
  const [model] = await rest.models();
  if (model === undefined) return undefined;
  const { id: name, about, frames, max_frames: maxFrames, fit, search: canSearch } = model;
  return {
    name,
    about,
    frames,
    maxFrames,
    fit,
    context: model.context_tokens,
    canSearch,
    clipFormats: clipFormatsOf(model.clip_formats),
  };
}

function clipFormatsOf(formats: z.infer<typeof modelResource>['clip_formats']): ClipFormats {
  const extensions = (list: typeof formats) =>
    list.flatMap((format) => format.extensions.map((end) => `.${end}`));
  const types = formats.map(({ media_type: type }) => type);
  const shown = formats.filter(
    ({ media_type: type, plays_in_browsers: plays }) => plays && type.startsWith('video/'),
  );
  return {
    accept: [...types, ...extensions(formats)].join(),
    hint: extensions(shown).join(', '),
  };
}

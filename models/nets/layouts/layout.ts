import { recordOf } from '#models/graph/tuples.ts';

/** Tokens as the LLM reads them: [count, width], row-major. */
export interface TokenRows {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** Projected tokens of each frame alone: [frames, count, width], row-major. */
export interface FrameTokens extends TokenRows {
  readonly frames: number;
  /** Tokens of one frame: P, with a class token `cls` among them. */
  readonly count: number;
  readonly cls: 'first' | 'last' | 'none';
}

/** What the encoder can compute of a clip. */
export interface EncodedTokens {
  /** Tower and branch, averaged over time: [P, width]. */
  readonly branch: TokenRows;
  /** The tower alone, averaged over time: [P, width]. */
  readonly plain: TokenRows;
  readonly frames: FrameTokens;
}
export type TokenKind = keyof EncodedTokens;

/** A piece of the prompt: literal text, or the next `rows` rows. */
export type LayoutPart = { readonly text: string } | { readonly rows: number };

/** A clip as rows of the LLM's vocabulary, and where they stand in the prompt. */
export interface LaidOut extends TokenRows {
  /** All rows in order, and the texts between them; left out where the rows are one run without text. */
  readonly parts?: readonly LayoutPart[];
}

/** One way to show a clip to the LLM. */
export interface Layout {
  /** Only these are computed. */
  readonly needs: readonly TokenKind[];
  /** All frames as the cells of one picture, which is encoded as a clip of one frame. */
  readonly asGrid?: boolean | undefined;
  /** @param times seconds of the frames, ascending */
  arrange(tokens: Partial<EncodedTokens>, times: readonly number[]): LaidOut;
}

/** A layout whose `arrange` gets exactly the tokens that it needs. */
export function defineLayout<Kind extends TokenKind>(
  needs: readonly Kind[],
  arrange: (tokens: Readonly<Pick<EncodedTokens, Kind>>, times: readonly number[]) => LaidOut,
  options: Pick<Layout, 'asGrid'> = {},
): Layout {
  return {
    needs,
    ...options,
    arrange: (tokens, times) => arrange(pick(tokens, needs), times),
  };
}

function pick<Kind extends TokenKind>(
  tokens: Partial<EncodedTokens>,
  needs: readonly Kind[],
): Readonly<Pick<EncodedTokens, Kind>>;
function pick(
  tokens: Partial<EncodedTokens>,
  needs: readonly TokenKind[],
): Readonly<Record<string, TokenRows>> {
  return recordOf(needs, (kind) => {
    const found = tokens[kind];
    if (found === undefined) throw new RangeError(`the layout needs ${kind} tokens`);
    return found;
  });
}

/** The sentence that tells an image chatbot what a sequence of pictures is; found to help by KTV and IG-VLM. */
export const keyFrameSentence = 'The input consists of a sequence of key frames from a video.\n';

/** All rows one after the other, behind a sentence if there is one. */
export function inOneRun(rows: TokenRows, sentence?: string): LaidOut {
  const { data, count, width } = rows;
  return {
    data,
    count,
    width,
    ...(sentence !== undefined && { parts: [{ text: sentence }, { rows: count }] }),
  };
}

/** Rows of several tensors of one width, one after the other. */
export function stack(list: readonly TokenRows[]): TokenRows {
  const width = list[0]?.width ?? 0;
  if (list.some((rows) => rows.width !== width)) throw new RangeError('rows of different width');
  const data = new Float32Array(list.reduce((sum, rows) => sum + rows.data.length, 0));
  let offset = 0;
  for (const rows of list) {
    data.set(rows.data, offset);
    offset += rows.data.length;
  }
  return { data, count: list.reduce((sum, { count }) => sum + count, 0), width };
}

/** Tokens of frame `index`: [P, width], a view. */
export function frameAt({ data, count, width }: FrameTokens, index: number): TokenRows {
  return { data: data.subarray(index * count * width, (index + 1) * count * width), count, width };
}

export function eachFrame(tokens: FrameTokens): TokenRows[] {
  return Array.from({ length: tokens.frames }, (_, index) => frameAt(tokens, index));
}

/** The mean of rows, as one row. */
export function meanRow({ data, count, width }: TokenRows): TokenRows {
  const mean = new Float32Array(width);
  data.forEach((value, i) => {
    mean[i % width] = (mean[i % width] ?? Number.NaN) + value / count;
  });
  return { data: mean, count: 1, width };
}

/** The rows with these indices. */
export function pickRows({ data, width }: TokenRows, indices: readonly number[]): TokenRows {
  const picked = new Float32Array(indices.length * width);
  for (const [i, index] of indices.entries()) {
    picked.set(data.subarray(index * width, (index + 1) * width), i * width);
  }
  return { data: picked, count: indices.length, width };
}

/** Indices of the patches among the tokens of one frame: all but the class token. */
export function patchIndices({ count, cls }: Pick<FrameTokens, 'count' | 'cls'>): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (cls === 'first') return all.slice(1);
  return cls === 'last' ? all.slice(0, -1) : all;
}

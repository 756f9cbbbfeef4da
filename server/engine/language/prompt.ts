import { type LlamaModel, LlamaVocabularyType, type Token } from 'node-llama-cpp';
import type { PromptPart } from '#models/package/conversation-template.ts';
import { AppError } from '#errors';
import type { ClipRows } from './embedding-table.ts';

/**
 * One position of a prompt: a token of the vocabulary, or a row of a clip. The token id of a row is resolved when the
 * prompt is evaluated, because the clip may have another embedding slot by then.
 */
export type PromptToken = Token | VideoToken;

export interface VideoToken {
  readonly clip: ClipRows;
  readonly row: number;
}

/** The rows of a clip, in order, as prompt tokens: `count` from `first` on, all where left out. */
export function videoTokens(clip: ClipRows, first = 0, count = clip.tokens.count): VideoToken[] {
  return Array.from({ length: count }, (_, i) => ({ clip, row: first + i }));
}

/** A clip's rows with the texts that its layout has between them. */
function layoutTokens(model: LlamaModel, clip: ClipRows): PromptToken[] {
  let first = 0;
  return (clip.tokens.parts ?? [{ rows: clip.tokens.count }]).flatMap((part): readonly PromptToken[] => {
    if ('text' in part) return continuedTokens(model, part.text);
    const rows = videoTokens(clip, first, part.rows);
    first += part.rows;
    return rows;
  });
}

export function isVideoToken(token: PromptToken): token is VideoToken {
  return typeof token === 'object';
}

/** Length of the common prefix. Rows of two clips are equal only if the clips have equal values. */
export function sharedPrefix(a: readonly PromptToken[], b: readonly PromptToken[]): number {
  let length = 0;
  while (length < a.length && length < b.length && isSame(a[length], b[length])) length += 1;
  return length;
}

function isSame(a: PromptToken | undefined, b: PromptToken | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.row === b.row && a.clip.key === b.clip.key;
}

/**
 * Tokenises the parts. Every text is plain text: `</s>` typed by a user is four characters, not a control token. `clips`:
 * the clips that the parts name. `knownTokens`: the generated tokens of earlier answers.
 */
export function promptTokens(
  model: LlamaModel,
  parts: readonly PromptPart[],
  clips: ReadonlyMap<string, ClipRows>,
  knownTokens: (answer: string) => readonly Token[] | undefined = () => undefined,
): PromptToken[] {
  return parts.flatMap((part, i) => partTokens(model, part, parts[i - 1], clips, knownTokens));
}

function partTokens(
  model: LlamaModel,
  part: PromptPart,
  before: PromptPart | undefined,
  clips: ReadonlyMap<string, ClipRows>,
  knownTokens: (answer: string) => readonly Token[] | undefined,
): readonly PromptToken[] {
  switch (part.kind) {
    case 'text':
      return before?.kind === 'answer' ? continuedTokens(model, part.text) : model.tokenize(part.text, false);
    case 'answer':
      return answerTokens(model, part.text, knownTokens);
    case 'bos':
      return [required(model.tokens.bos, 'BOS')];
    case 'eos':
      return [required(model.tokens.eos, 'EOS')];
    case 'token':
      return [controlToken(model, part.name)];
    case 'video': {
      const clip = clips.get(part.clip);
      if (clip === undefined) throw new RangeError(`the prompt names an unknown clip ${part.clip}`);
      return layoutTokens(model, clip);
    }
  }
}

/** Tokens of an answer: as they were generated, where that is known, else as a text that follows its prompt after a space. */
export function answerTokens(
  model: LlamaModel,
  text: string,
  knownTokens: (answer: string) => readonly Token[] | undefined,
): readonly Token[] {
  return knownTokens(text) ?? model.tokenize(text, false);
}

/** SentencePiece puts a space in front of every text that begins a prompt or follows a control token, but not after words. */
function continuedTokens(model: LlamaModel, text: string): Token[] {
  const spaced = model.vocabularyType === LlamaVocabularyType.spm;
  return model.tokenize(text, false, spaced ? 'trimLeadingSpace' : undefined);
}

function controlToken(model: LlamaModel, name: string): Token {
  const [token, ...others] = model.tokenize(name, true, 'trimLeadingSpace');
  const isOne = token !== undefined && others.length === 0 && model.getTokenAttributes(token).control;
  return required(isOne ? token : null, name);
}

function required(token: Token | null, name: string): Token {
  if (token !== null) return token;
  throw new AppError('package_invalid', `The conversation template needs a ${name} token; the LLM has none.`);
}

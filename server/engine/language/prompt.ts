import { type LlamaModel, LlamaVocabularyType, type Token } from 'node-llama-cpp';
import type { PromptPart } from '#models/package/conversation-template.ts';
import { AppError } from '#errors';
import type { ClipRows } from './embedding-table.ts';

/**
 * One position of a prompt: a token of the vocabulary, or a row of a clip. Which token id a row has is decided only
 * when it is evaluated, because a clip may lie in another slot by then.
 */
export type PromptToken = Token | VideoToken;

export interface VideoToken {
  readonly clip: ClipRows;
  readonly row: number;
}

/** A clip as a prompt shows it: its rows in order. */
export function videoTokens(clip: ClipRows): VideoToken[] {
  return Array.from({ length: clip.tokens.count }, (_, row) => ({ clip, row }));
}

export function isVideoToken(token: PromptToken): token is VideoToken {
  return typeof token === 'object';
}

/** How many tokens both begin with; a clip counts as the same only where its rows hold the same values. */
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
 * The parts as tokens. Each text is split on its own and as plain text: `</s>` typed by a user is four characters.
 * `clips` are those the parts name, by their names; `said` knows the very tokens of earlier answers.
 */
export function promptTokens(
  model: LlamaModel,
  parts: readonly PromptPart[],
  clips: ReadonlyMap<string, ClipRows>,
  said: (answer: string) => readonly Token[] | undefined = () => undefined,
): PromptToken[] {
  return parts.flatMap((part, i) => partTokens(model, part, parts[i - 1], clips, said));
}

function partTokens(
  model: LlamaModel,
  part: PromptPart,
  before: PromptPart | undefined,
  clips: ReadonlyMap<string, ClipRows>,
  said: (answer: string) => readonly Token[] | undefined,
): readonly PromptToken[] {
  switch (part.kind) {
    case 'text':
      return before?.kind === 'answer' ? continuedTokens(model, part.text) : model.tokenize(part.text, false);
    case 'answer':
      return answerTokens(model, part.text, said);
    case 'bos':
      return [required(model.tokens.bos, 'BOS')];
    case 'eos':
      return [required(model.tokens.eos, 'EOS')];
    case 'token':
      return [controlToken(model, part.name)];
    case 'video': {
      const clip = clips.get(part.clip);
      if (clip === undefined) throw new RangeError(`the prompt names an unknown clip ${part.clip}`);
      return videoTokens(clip);
    }
  }
}

/** What the model said: the very tokens where they are known, else as a text that follows its prompt after a space. */
export function answerTokens(
  model: LlamaModel,
  text: string,
  said: (answer: string) => readonly Token[] | undefined,
): readonly Token[] {
  return said(text) ?? model.tokenize(text, false);
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

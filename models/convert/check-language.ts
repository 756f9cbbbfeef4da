import { openGguf } from '#models/formats/gguf/read.ts';
import { type ConversationTemplate, controlTokens } from '#models/package/conversation-template.ts';
import { PackageError } from '#models/package/package-error.ts';
import { withVideoTokens } from '#models/package/video-vocabulary.ts';
import type { Llava } from './llava.ts';
import { openLlama } from './llama/open-llama.ts';
import { decodable } from './weight-source.ts';

export interface LanguageNeeds {
  /** Clips that can be in the vocabulary at once, and rows of each. */
  readonly slots: number;
  readonly tokensPerClip: number;
  /** Width of the tokens that the projector makes. */
  readonly projectorWidth: number;
  readonly template: ConversationTemplate;
}

/**
 * Looks at an LLM's headers before anything of it is copied; returns the most tokens it was made for. Throws `FormatError`,
 * and `PackageError` where projector, template and LLM do not fit.
 */
export function checkLanguage({ llm }: Pick<Llava, 'llm'>, needs: LanguageNeeds): Promise<number> {
  return llm.kind === 'gguf' ? checkGguf(llm.path, needs) : checkFolder(llm.path, needs);
}

async function checkGguf(path: string, needs: LanguageNeeds): Promise<number> {
  const llm = await openGguf(path);
  try {
    const [rows = 0, width = 0] = decodable(llm, 'token_embd.weight').shape;
    checkWidth(path, width, needs);
    const { slots, tokensPerClip } = needs;
    withVideoTokens(llm, rows, slots, tokensPerClip);
    const list = llm.metadata.get('tokenizer.ggml.tokens');
    checkTemplate(path, list?.type === 'array' ? list.values.map(String) : [], needs);
    return llm.number(`${llm.string('general.architecture')}.context_length`);
  } finally {
    await llm.close();
  }
}

async function checkFolder(path: string, needs: LanguageNeeds): Promise<number> {
  const llama = await openLlama(path);
  try {
    checkWidth(path, llama.sizes.width, needs);
    checkTemplate(
      path,
      llama.vocabulary.tokens.map(({ text }) => text),
      needs,
    );
    return llama.stated.context;
  } finally {
    await llama.close();
  }
}

function checkWidth(path: string, width: number, { projectorWidth }: LanguageNeeds): void {
  if (width === projectorWidth) return;
  const problem = `its embeddings are ${width} wide, the projector's output ${projectorWidth}`;
  throw new PackageError('invalid', `${path}: ${problem}; the two files are of different models.`);
}

function checkTemplate(path: string, vocabulary: readonly string[], { template }: LanguageNeeds): void {
  const known = new Set(vocabulary);
  const absent = controlTokens(template).find((token) => !known.has(token));
  if (absent === undefined) return;
  const problem = `its vocabulary has no ${absent}, which the conversation template ${template.name} needs`;
  throw new PackageError('invalid', `${path}: ${problem}; name another with --template.`);
}

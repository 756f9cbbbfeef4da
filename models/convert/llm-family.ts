import { basename } from 'node:path';
import { FormatError } from '#models/formats/format-error.ts';
import { type GgufFile, openGguf } from '#models/formats/gguf/read.ts';

/** What tells how an image chatbot's LLM was spoken to in its training. */
export interface LlmFamily {
  /** `llama`, `mistral`, `qwen2` and so on. */
  readonly kind: string;
  /** Whatever names the model: a file's name, a title. */
  readonly names: readonly string[];
  /** The chat template it brings, in Jinja; empty for none. */
  readonly chatTemplate: string;
  /** Whether pictures stand between `<im_start>` and `<im_end>`. */
  readonly marksPictures: boolean;
}

/**
 * Name of the conversation template (`prompts/conversation`) that fits, as LLaVA chooses it (run_llava.py) but by more than
 * the folder's name.
 */
export function templateOf({ kind, names, chatTemplate, marksPictures }: LlmFamily): string {
  if (marksPictures) return 'vicuna-v1-im-start-end';
  if (chatTemplate.includes('<|im_start|>') || kind === 'qwen2') return 'chatml';
  const isMistral = kind === 'mistral' || names.some((name) => /mistral/i.test(name));
  return isMistral || chatTemplate.includes('[INST]') ? 'mistral-instruct' : 'vicuna-v1';
}

/** The same for an LLM in GGUF. Throws `FormatError` for a file that is not one. */
export async function templateOfGguf(path: string): Promise<string> {
  const llm = await openGguf(path);
  try {
    const kind = text(llm, 'general.architecture');
    if (kind === 'clip')
      throw new FormatError(
        'unsupported',
        path,
        'is a projector; name the LLM with --llava, this with --mmproj',
      );
    return templateOf({
      kind,
      names: [basename(path), text(llm, 'general.name'), text(llm, 'general.basename')],
      chatTemplate: text(llm, 'tokenizer.chat_template'),
      marksPictures: false,
    });
  } finally {
    await llm.close();
  }
}

function text(llm: GgufFile, key: string): string {
  const found = llm.metadata.get(key);
  return found?.type === 'string' && typeof found.value === 'string' ? found.value : '';
}

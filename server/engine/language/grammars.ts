import { type Llama, LlamaGrammarEvaluationState, type LlamaGrammar, type LlamaModel } from 'node-llama-cpp';
import { AppError } from '#errors';
import { LruCache } from '#core/lru-cache.ts';
import { followedSchema } from './json-schema.ts';

const grammarsRemembered = 64;

/** The grammars allow blank lines after the value, of which some models do not tire. */
export const endOfJson = '\n\n\n\n';

/** JSON schemas as grammars that llama.cpp samples by. */
export class Grammars {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #known = new LruCache<LlamaGrammar>(grammarsRemembered);

  constructor(llama: Llama, model: LlamaModel) {
    this.#llama = llama;
    this.#model = model;
  }

  /** The state at the start of an answer that obeys a schema. Throws `invalid_request` for one that cannot be followed. */
  async begin(schema: unknown): Promise<LlamaGrammarEvaluationState> {
    return new LlamaGrammarEvaluationState({ model: this.#model, grammar: await this.#grammar(schema) });
  }

  async #grammar(schema: unknown): Promise<LlamaGrammar> {
    const key = JSON.stringify(schema);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const parsed = followedSchema.safeParse(schema);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
      throw notFollowed(`${issue?.message ?? 'not a schema'}${where}`, parsed.error);
    }
    try {
      const grammar: LlamaGrammar = await this.#llama.createGrammarForJsonSchema(parsed.data);
      this.#known.set(key, grammar);
      return grammar;
    } catch (cause) {
      throw notFollowed('its references or sizes make no grammar', cause);
    }
  }
}

function notFollowed(problem: string, cause: unknown): AppError {
  return new AppError('invalid_request', `This JSON schema cannot be followed: ${problem}.`, { cause });
}

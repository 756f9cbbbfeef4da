import { LRUCache } from 'lru-cache';
import { type Llama, LlamaGrammarEvaluationState, type LlamaGrammar, type LlamaModel } from 'node-llama-cpp';
import { AppError } from '#errors';
import { parseJsonSchema } from './json-schema.ts';

const grammarsRemembered = 64;

/** The grammars allow blank lines after the value, and some models generate them without end. */
export const endOfJson = '\n\n\n\n';

/** JSON schemas as llama.cpp grammars for constrained sampling. */
export class Grammars {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #known = new LRUCache<string, LlamaGrammar>({ max: grammarsRemembered });

  constructor(llama: Llama, model: LlamaModel) {
    this.#llama = llama;
    this.#model = model;
  }

  /** Sampler state for a new answer under the schema. Throws `invalid_request` if the schema is not supported. */
  async start(schema: unknown): Promise<LlamaGrammarEvaluationState> {
    return new LlamaGrammarEvaluationState({ model: this.#model, grammar: await this.#grammar(schema) });
  }

  async #grammar(schema: unknown): Promise<LlamaGrammar> {
    const parsed = parseJsonSchema(schema);
    if ('problem' in parsed) throw notSupported(parsed.problem, parsed.cause);
    const key = JSON.stringify(schema);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    try {
      const grammar: LlamaGrammar = await this.#llama.createGrammarForJsonSchema(parsed.schema);
      this.#known.set(key, grammar);
      return grammar;
    } catch (cause) {
      throw notSupported('llama.cpp cannot compile it', cause);
    }
  }
}

function notSupported(problem: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `This JSON schema is not supported: ${problem}.`, { cause });
}

import { modelList } from '../../server/contract.ts';

/** The loaded package, as the page shows it. */
export interface Model {
  readonly name: string;
  /** What it knows and what it does not. */
  readonly about: string;
  /** Tokens that one conversation can have. */
  readonly context: number;
}

/** Undefined when the server cannot say: the page works without, and the next action shows what is wrong. */
export async function fetchModel(): Promise<Model | undefined> {
  try {
    const response = await fetch('/v1/models');
    const [model] = modelList.parse(await response.json()).data;
    return model && { name: model.id, about: model.about, context: model.context_tokens };
  } catch {
    return undefined;
  }
}

import { rest } from './rest.ts';

/** The loaded package, as the page shows it. */
export interface Model {
  readonly name: string;
  /** What it knows and what it does not. */
  readonly about: string;
  /** Tokens that one conversation can have. */
  readonly context: number;
  /** Whether it finds clips by words. */
  readonly canSearch: boolean;
}

/** Throws `ClientError`; `starting` while the server still loads it. */
export async function fetchModel(): Promise<Model | undefined> {
  const [model] = await rest.models();
  if (model === undefined) return undefined;
  const { id: name, about, context_tokens: context, search: canSearch } = model;
  return { name, about, context, canSearch };
}

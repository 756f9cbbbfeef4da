import { modelList } from '../../server/contract.ts';
import { jsonOrNothing, refusalOf, unreachable } from './failure.ts';

/** The loaded package, as the page shows it. */
export interface Model {
  readonly name: string;
  /** What it knows and what it does not. */
  readonly about: string;
  /** Tokens that one conversation can have. */
  readonly context: number;
}

/** Throws `PageError`; `starting` while the server still loads it. */
export async function fetchModel(): Promise<Model | undefined> {
  const reply = await fetch('/v1/models').catch(() => {
    throw unreachable();
  });
  const body = await reply.text();
  const parsed = modelList.safeParse(jsonOrNothing(body)).data;
  if (!reply.ok || parsed === undefined) throw refusalOf(reply.status, body);
  const [model] = parsed.data;
  return model && { name: model.id, about: model.about, context: model.context_tokens };
}

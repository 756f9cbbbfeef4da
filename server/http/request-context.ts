import type { Response } from 'express';
import type { Principal } from '#core/principal.ts';
import { type Viewer, viewerOf } from '#store/viewer.ts';
import type { AppError } from '#errors';

/** What is known of a request while it is handled. */
export interface RequestContext {
  readonly id: string;
  /** Aborts when the server is about to end, with the error to answer. */
  readonly closing: AbortSignal;
  /** Undefined until it is let in. */
  principal: Principal | undefined;
  /** Why it failed, if it did. */
  failure: AppError | undefined;
}

// express types `response.locals` as anything
const contexts = new WeakMap<Response, RequestContext>();

export function openContext(response: Response, id: string, closing: AbortSignal): RequestContext {
  const context = { id, closing, principal: undefined, failure: undefined };
  contexts.set(response, context);
  return context;
}

export function contextOf(response: Response): RequestContext {
  const context = contexts.get(response);
  if (context === undefined) throw new RangeError('the request has no context');
  return context;
}

/** Who a request comes from, where only those who were let in arrive. */
export function principalOf(response: Response): Principal {
  const { principal } = contextOf(response);
  if (principal === undefined) throw new RangeError('the request was not let in');
  return principal;
}

/** On whose behalf a request reads and changes things. */
export function viewerOfRequest(response: Response): Viewer {
  return viewerOf(principalOf(response));
}

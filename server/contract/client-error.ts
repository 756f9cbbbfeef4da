import { errorBody } from './rest.ts';

/** Faults that a client finds by itself; every other code is one of the server's. */
export type ClientFault = 'unreachable' | 'unreadable' | 'unexpected_status';

/** A request without a good answer: what the server refused, or why nothing readable came back. */
export class ClientError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}

function fault(code: ClientFault, message: string, cause?: unknown): ClientError {
  return new ClientError(code, message, { cause });
}

export function unreachable(cause?: unknown): ClientError {
  return fault('unreachable', 'The server cannot be reached.', cause);
}

export function unreadable(what: string, cause?: unknown): ClientError {
  return fault('unreadable', `The server sent ${what} that this client cannot read.`, cause);
}

/** A refused request's error; a body that is not in the server's form came from something in between, such as a proxy. */
export function refusalOf(status: number, body: string): ClientError {
  const parsed = errorBody.safeParse(jsonOrNothing(body)).data;
  if (parsed !== undefined) return new ClientError(parsed.error.code, parsed.error.message);
  return fault('unexpected_status', `The server answered with status ${status}.`);
}

/** Undefined for a text that is not JSON. */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

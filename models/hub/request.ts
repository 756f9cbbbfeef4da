import { HubError } from './hub-error.ts';
import type { Hub } from './hub-settings.ts';

export interface Answer {
  /** 2xx, or 416 where a range was asked for. */
  readonly status: number;
  readonly headers: Headers;
  /** The body as it comes. Throws `HubError` `unreachable` when the connection is cut or stalls. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

const maxRedirects = 5;

/**
 * GETs an address, hands the answer to `use` and lets go of the connection after that. Throws `HubError`, the signal's
 * reason, or what `use` throws.
 */
export async function request<T>(
  hub: Hub,
  address: string,
  { headers = {}, signal }: RequestOptions,
  use: (answer: Answer) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const connection = new AbortController();
  const abort = (): void => connection.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const watch = setTimeout(() => {
    const seconds = hub.patience.stallMs / 1000;
    connection.abort(new HubError('unreachable', `${address} sent nothing for ${seconds} s`));
  }, hub.patience.stallMs);
  try {
    const { response, url } = await follow(hub, address, headers, connection.signal);
    if (!response.ok && response.status !== 416) throw refusal(hub, response, url);
    const chunks = watched(response, url, connection.signal, () => watch.refresh());
    return await use({ status: response.status, headers: response.headers, chunks });
  } finally {
    clearTimeout(watch);
    signal?.removeEventListener('abort', abort);
    connection.abort();
  }
}

/** Redirects are followed by hand: the token is the endpoint's alone, and nothing leads from https to http. */
async function follow(
  hub: Hub,
  address: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ response: Response; url: URL }> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const mine = hub.token !== undefined && url.origin === new URL(hub.endpoint).origin;
    const response = await fetch(url, {
      // Sizes and ranges count the file's own bytes, so it must not come compressed.
      headers: {
        ...headers,
        'accept-encoding': 'identity',
        ...(mine && { authorization: `Bearer ${hub.token}` }),
      },
      redirect: 'manual',
      signal,
    }).catch((error: unknown) => {
      throw networkError(error, url, signal);
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return { response, url };
    await response.body?.cancel();
    url = redirected(url, location);
  }
  throw new HubError('protocol', `${address} redirects more than ${maxRedirects} times`);
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  if (to === undefined || !allowed.includes(to.protocol) || to.username !== '') {
    throw new HubError('protocol', `${shown(from)} redirects to an address that is not to be followed`);
  }
  return to;
}

async function* watched(
  response: Response,
  url: URL,
  signal: AbortSignal,
  alive: () => void,
): AsyncGenerator<Uint8Array> {
  alive();
  try {
    for await (const chunk of response.body ?? []) {
      alive();
      yield chunk;
      // The time the disk took is not the connection's.
      alive();
    }
  } catch (error) {
    throw networkError(error, url, signal);
  }
}

function refusal(hub: Hub, response: Response, url: URL): HubError {
  const { status } = response;
  const answer = `${shown(url)} answered ${status}`;
  const fromHub = url.origin === new URL(hub.endpoint).origin;
  if (status === 401 || status === 403) {
    // A signed link to another host runs out; asking the hub again gives a new one.
    if (!fromHub) return new HubError('unreachable', answer);
    // The hub does not say "404" to strangers, who must not learn what is private.
    if (response.headers.get('x-error-code') === 'RepoNotFound')
      return new HubError('not_found', `${answer}: there is no such repository, or it is private (HF_TOKEN)`);
    return new HubError('forbidden', `${answer}: these files are not for everybody`);
  }
  if (status === 404 || status === 410) return new HubError('not_found', `${answer}: it is not there`);
  const passing = status === 408 || status === 429 || status >= 500;
  return new HubError(passing ? 'unreachable' : 'protocol', answer);
}

function networkError(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return new HubError('unreachable', `${shown(url)} cannot be reached (${reason(error)})`, { cause: error });
}

/** `fetch` says only that it failed; why lies in the cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : String(cause);
}

/** Without the query: a redirect's holds a signature that opens the file to whoever reads it. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`.slice(0, 300);
}

import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '#config';
import { AppError } from '#errors';

export interface SitePolicyOptions {
  /** Host names in lower case that are answered to, besides those of this machine. Empty: any. */
  readonly allowedHosts: readonly string[];
  /** Origins of browser programs that may use the server with a key, such as `https://app.example.org`. */
  readonly allowedOrigins: readonly string[];
}

export interface SiteRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** Which host names the server answers to, and which sites' pages may use it from a browser. */
export class SitePolicy {
  readonly #options: SitePolicyOptions;

  constructor(options: SitePolicyOptions) {
    this.#options = options;
  }

  /** Throws `forbidden` for another host name, which means DNS rebinding, and for pages of other sites. */
  check(request: SiteRequest): void {
    this.#checkHost(request.headers.host);
    if (this.allowedOrigin(request.headers) === undefined && isFromOtherSite(request)) {
      throw new AppError('forbidden', 'Pages of other sites may not use this server; see ALLOWED_ORIGINS.');
    }
  }

  /** The request's `Origin`, where it is one of `ALLOWED_ORIGINS`. */
  allowedOrigin({ origin }: IncomingHttpHeaders): string | undefined {
    return origin !== undefined && this.#options.allowedOrigins.includes(origin) ? origin : undefined;
  }

  #checkHost(host: string | undefined): void {
    const { allowedHosts } = this.#options;
    const name = hostName(host);
    if (allowedHosts.length === 0 || isLoopback(name) || allowedHosts.includes(name)) return;
    throw new AppError('forbidden', 'This server does not answer to this host name; see ALLOWED_HOSTS.');
  }
}

/** Whether the host name of a request is one of this machine. */
export function isLocalHost({ host }: IncomingHttpHeaders): boolean {
  return isLoopback(hostName(host));
}

/**
 * By `Origin`, and by `Sec-Fetch-Site`, which browsers also send where they leave `Origin` out, as for pictures. Following a link
 * from another site to one of our pages is no use of the server; anything under /v1 is.
 */
function isFromOtherSite({ headers, method, url = '' }: SiteRequest): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && originHost(origin) !== host) return true;
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'none' || site === 'same-origin') return false;
  const isLink =
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    !/^\/+(v1|socket\.io)(?![^/?])/i.test(url);
  return !isLink;
}

function hostName(host: string | undefined): string {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase();
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

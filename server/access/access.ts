import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Principal, Role } from '#core/principal.ts';
import { AppError } from '#errors';
import { type ApiKeys, digestOf } from '#store/api-keys.ts';
import type { Sessions } from '#store/sessions.ts';
import { ClientAddresses, isDirectAndLocal, networkOf } from './client-addresses.ts';
import { csrfTokenOf, presentedKey, sessionToken, weaknessOf } from './credentials.ts';
import { FailedKeys } from './failed-keys.ts';
import { isLocalHost, SitePolicy } from './site-policy.ts';

export interface AccessOptions {
  /** The key of the settings; its user is an admin. */
  readonly apiKey: string | undefined;
  /** Those that were made by `npm run keys`, which may change at any time. */
  readonly keys: Pick<ApiKeys, 'find' | 'findById' | 'used' | 'any'>;
  readonly sessions: Pick<Sessions, 'begin' | 'find' | 'findById' | 'end'>;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly trustedProxies?: readonly string[];
  /** Whether the server listens where only this machine can reach it. */
  readonly isLocal: boolean;
  readonly failedKeys?: FailedKeys;
  /** Something failed that no request fails for. */
  readonly onWarning?: (what: string, error: unknown) => void;
}

/** A key that opens the server right now. */
interface ValidKey {
  readonly id: string;
  readonly userId: string;
  readonly userName: string;
  readonly role: Role;
}

const settingsKey: ValidKey = { id: 'API_KEY', userId: 'API_KEY', userName: 'API_KEY', role: 'admin' };
const safeMethods: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS'];

/** Decides which requests are let in, and who they come from. */
export class Access {
  readonly sites: SitePolicy;
  readonly addresses: ClientAddresses;
  readonly #options: AccessOptions;
  readonly #failedKeys: FailedKeys;
  readonly #settingsDigest: string | undefined;

  /** Throws `invalid_request` for a weak key, and where others could reach the server and no key keeps them out. */
  constructor(options: AccessOptions) {
    const { apiKey, allowedHosts = [], allowedOrigins = [], trustedProxies = [] } = options;
    this.#options = options;
    this.sites = new SitePolicy({ allowedHosts, allowedOrigins });
    this.addresses = new ClientAddresses(trustedProxies);
    this.#failedKeys = options.failedKeys ?? new FailedKeys();
    this.#settingsDigest = apiKey === undefined ? undefined : digestOf(apiKey);
    const weakness = apiKey === undefined ? undefined : weaknessOf(apiKey);
    if (weakness !== undefined) throw new AppError('invalid_request', `API_KEY: ${weakness}.`);
    if (this.hasKeys) return;
    const opened = [
      ...(options.isLocal ? [] : ['HOST']),
      ...(allowedHosts.length > 0 ? ['ALLOWED_HOSTS'] : []),
      ...(allowedOrigins.length > 0 ? ['ALLOWED_ORIGINS'] : []),
      ...(trustedProxies.length > 0 ? ['TRUSTED_PROXIES'] : []),
    ];
    if (opened.length === 0) return;
    const message = `${opened.join(' and ')} would let other machines in; set API_KEY or make a key (npm run keys) first.`;
    throw new AppError('invalid_request', message);
  }

  /** Whether the server has ever had a key, and so asks everybody for one. */
  get hasKeys(): boolean {
    return this.#settingsDigest !== undefined || this.#options.keys.any;
  }

  /**
   * Who a request comes from. A key comes as `Authorization: Bearer KEY`, as the password of HTTP Basic, or by the
   * cookie of a browser session. Throws `unauthorized`, `forbidden` (another site or host name), `rate_limited` (too
   * many wrong keys). `isSocket` spares the token against forgery, which the socket's own client cannot send: browsers
   * name the origin of all that could forge those requests.
   */
  async admit(request: IncomingMessage, { isSocket = false } = {}): Promise<Principal> {
    this.screen(request);
    // clients that cannot do without a key send any
    if (!this.hasKeys) return localPrincipal(networkOf(this.addresses.of(request)));
    const key = presentedKey(request.headers);
    if (key !== '') return this.#principalOf(request, await this.#attempt(request, key), null);
    const token = this.#sessionToken(request);
    const session = token && this.#options.sessions.find(token);
    if (token !== undefined && session) {
      const valid = this.#find(session.keySha256);
      if (valid === undefined) throw unauthorized();
      if (!isSocket) checkCsrf(request, csrfTokenOf(token));
      return this.#principalOf(request, valid, session.id);
    }
    throw unauthorized();
  }

  /**
   * What needs no key at all: the page, for one. Throws `forbidden` for other sites and host names, and without keys for
   * everybody but the person at this machine.
   */
  screen(request: IncomingMessage): void {
    this.sites.check(request);
    if (this.hasKeys || (isDirectAndLocal(request) && isLocalHost(request.headers))) return;
    throw new AppError('forbidden', 'Without a key the server answers this machine only, as localhost.');
  }

  /** Throws `unauthorized` once a principal's key or session is revoked or over, or keys were made where there were none. */
  recheck({ keyId, sessionId }: Principal): void {
    if (keyId === null) {
      if (this.hasKeys) throw unauthorized();
      return;
    }
    const { keys, sessions } = this.#options;
    const isValid =
      keyId === settingsKey.id ? this.#settingsDigest !== undefined : keys.findById(keyId) !== undefined;
    if (!isValid || (sessionId !== null && sessions.findById(sessionId) === undefined)) throw unauthorized();
  }

  /** The token that a principal's session sends with changes; null where it has no session. */
  csrfToken({ sessionId }: Principal, { headers }: Pick<IncomingMessage, 'headers'>): string | null {
    const token = sessionId === null ? undefined : sessionToken(headers);
    return token === undefined ? null : csrfTokenOf(token);
  }

  /** Logs a browser in with a key. Returns the token for its cookie. Throws as `admit`. */
  async logIn(
    request: IncomingMessage,
    key: string,
  ): Promise<{ principal: Principal; token: string; csrfToken: string }> {
    this.screen(request);
    if (this.sites.allowedOrigin(request.headers) !== undefined) {
      throw new AppError('forbidden', 'Programs of other origins send the key with each request.');
    }
    const valid = await this.#attempt(request, key);
    const { id, token } = this.#options.sessions.begin(digestOf(key));
    return { principal: this.#principalOf(request, valid, id), token, csrfToken: csrfTokenOf(token) };
  }

  /** Ends the session that the principal came with, if any. */
  logOut({ sessionId }: Principal): void {
    if (sessionId !== null) this.#options.sessions.end(sessionId);
  }

  /** The valid key of this text. Throws `unauthorized`, `rate_limited`. */
  async #attempt(request: IncomingMessage, key: string): Promise<ValidKey> {
    const network = networkOf(this.addresses.of(request));
    const sha256 = digestOf(key);
    const valid = await this.#failedKeys.attempt(network, sha256, () => this.#find(sha256));
    if (valid === undefined) throw unauthorized();
    return valid;
  }

  #find(sha256: string): ValidKey | undefined {
    if (this.#settingsDigest !== undefined && isSame(sha256, this.#settingsDigest)) return settingsKey;
    const found = this.#options.keys.find(sha256);
    if (found === undefined) return undefined;
    try {
      this.#options.keys.used(found);
    } catch (error) {
      // a database that cannot be written now keeps nobody out
      this.#options.onWarning?.('the last use of a key could not be noted', error);
    }
    return found;
  }

  /** Cookies count for our own pages alone, not for programs of other origins. */
  #sessionToken({ headers }: IncomingMessage): string | undefined {
    return this.sites.allowedOrigin(headers) === undefined ? sessionToken(headers) : undefined;
  }

  #principalOf(request: IncomingMessage, key: ValidKey, sessionId: string | null): Principal {
    const { id: keyId, userId, userName, role } = key;
    const address = this.addresses.of(request);
    return { userId, userName, role, keyId, sessionId, client: `key ${keyId}`, address };
  }
}

/** Without keys everybody who is let in is the person at this machine. */
function localPrincipal(address: string): Principal {
  return {
    userId: null,
    userName: 'local',
    role: 'admin',
    keyId: null,
    sessionId: null,
    client: `address ${address}`,
    address,
  };
}

/** Browsers send cookies by themselves, so a change needs a token that only our own page can read. */
function checkCsrf({ headers, method }: IncomingMessage, expected: string): void {
  if (safeMethods.includes(method)) return;
  const sent = headers['x-csrf-token'];
  if (typeof sent === 'string' && isSame(digestOf(sent), digestOf(expected))) return;
  throw new AppError('forbidden', 'Send the token that GET /v1/session gives in the header X-CSRF-Token.');
}

/** Both are digests, so that neither the content nor the length shows in the time it takes. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function unauthorized(): AppError {
  return new AppError('unauthorized', 'Send the API key as "Authorization: Bearer KEY".');
}

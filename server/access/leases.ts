import type { Principal } from '#core/principal.ts';
import { toAppError } from '#errors';

export interface LeasesOptions {
  /** Throws `unauthorized` once a principal may not use the server any more. */
  readonly recheck: (principal: Principal) => void;
  /** Milliseconds between two looks: keys are also revoked by other processes. Default 500. */
  readonly intervalMs?: number;
  readonly onError: (error: unknown) => void;
}

interface Lease {
  readonly principal: Principal;
  readonly end: () => void;
}

/** Connections and requests that are open, which end as soon as the key they came with is revoked or expires. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #leases = new Set<Lease>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.check(), options.intervalMs ?? 500).unref();
  }

  /** Calls `end` when the principal may not go on. Returns what to call when the connection is over by itself. */
  hold(principal: Principal, end: () => void): () => void {
    const lease = { principal, end };
    this.#leases.add(lease);
    return () => void this.#leases.delete(lease);
  }

  /** Looks at every key in use now. Never throws. */
  check(): void {
    const ended = new Map<string, boolean>();
    for (const lease of [...this.#leases]) {
      const { keyId, sessionId } = lease.principal;
      const name = `${keyId} ${sessionId}`;
      const isOver = ended.get(name) ?? this.#isOver(lease.principal);
      ended.set(name, isOver);
      if (!isOver || !this.#leases.delete(lease)) continue;
      try {
        lease.end();
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#leases.clear();
  }

  #isOver(principal: Principal): boolean {
    try {
      this.#options.recheck(principal);
      return false;
    } catch (error) {
      if (toAppError(error).code === 'unauthorized') return true;
      // a database that cannot be read now ends nobody's work
      this.#options.onError(error);
      return false;
    }
  }
}

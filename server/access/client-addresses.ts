import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';
import { AppError } from '#errors';

/** Addresses of clients, behind reverse proxies too. */
export class ClientAddresses {
  readonly #isTrusted: (address: string, i: number) => boolean;

  /** `trusted`: addresses and networks (CIDR) whose `X-Forwarded-*` headers are believed. Throws `invalid_request`. */
  constructor(trusted: readonly string[]) {
    try {
      this.#isTrusted = proxyAddress.compile([...trusted]);
    } catch (cause) {
      const message =
        'TRUSTED_PROXIES: must be addresses or networks, such as 127.0.0.1, 10.0.0.0/8, loopback';
      throw new AppError('invalid_request', message, { cause });
    }
  }

  /** The last address that no trusted proxy has. */
  of(request: IncomingMessage): string {
    return normal(proxyAddress(request, this.#isTrusted));
  }

  /** Whether a browser sent it over TLS, which cookies have to know. */
  isSecure({ headers, socket }: IncomingMessage): boolean {
    return this.#isTrusted(socket.remoteAddress ?? '', 0) && headers['x-forwarded-proto'] === 'https';
  }
}

/** Whether the request came from this very machine and through no proxy, which would hide who sent it. */
export function isDirectAndLocal({ headers, socket }: IncomingMessage): boolean {
  const isForwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some(
    (name) => headers[name] !== undefined,
  );
  return !isForwarded && isLoopbackAddress(socket.remoteAddress ?? '');
}

/** Identifies a client by its address: an IPv6 one by its /64 network, which one sender usually has to itself. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/64`)}/64`;
}

function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** IPv4 in its own form, also where the socket speaks IPv6. */
function normal(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

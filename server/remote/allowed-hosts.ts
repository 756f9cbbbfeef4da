import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '#errors';

/** Whether a host may be reached at the address its name stands for. */
export type AddressRule = (address: string) => boolean;

interface Entry {
  readonly host: string;
  readonly subdomains: boolean;
  /** Empty for the port that the URL's scheme has by itself. */
  readonly port: string;
}

/** The hosts that clips may be fetched from, as written in ALLOW_MEDIA_HOSTS. */
export class AllowedHosts {
  readonly #entries: readonly Entry[];

  /** Of `host`, `host:port`, `*.host` (its subdomains, not itself). Throws `invalid_request`. */
  constructor(entries: readonly string[]) {
    this.#entries = entries.map(parseEntry);
  }

  /** What the host of an http(s) URL may resolve to. Throws `forbidden` for a host that is not listed. */
  ruleFor(url: URL): AddressRule {
    if (!this.#entries.some((entry) => covers(entry, url))) {
      throw new AppError(
        'forbidden',
        this.#entries.length === 0
          ? 'This server fetches no clips from the network; ALLOW_MEDIA_HOSTS names hosts it may fetch from.'
          : `${url.host} is not among the hosts that ALLOW_MEDIA_HOSTS lets this server fetch from.`,
      );
    }
    if (isLiteral(url.hostname)) return (address) => address === bare(url.hostname);
    return url.hostname === 'localhost' ? isLoopbackAddress : isPublicAddress;
  }
}

/**
 * Whether an address belongs to a host of the public internet. Not so for what wraps an IPv4 address (mapped, NAT64,
 * 6to4, Teredo), nor for IPv6 outside 2000::/3, of which all else is special or not given out (RFC 4291, 2.4).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast));
}

const globalUnicast = ipaddr.parseCIDR('2000::/3');

function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}

function covers({ host, subdomains, port }: Entry, url: URL): boolean {
  const named = subdomains ? url.hostname.endsWith(`.${host}`) : url.hostname === host;
  return named && (port === url.port || port === (url.port || usualPort(url)));
}

function usualPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

function parseEntry(entry: string): Entry {
  const text = isIP(entry) === 6 ? `[${entry}]` : entry;
  const [, star, host = '', port = ''] =
    /^(\*\.)?(\[[^\]]*\]|[^*:/?#@\\\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const subdomains = star !== undefined;
  if (!URL.canParse(`http://${host}:${port}`) || (subdomains && isLiteral(normal(host)))) {
    throw new AppError(
      'invalid_request',
      `ALLOW_MEDIA_HOSTS: ${JSON.stringify(entry)} is no host; write media.example.org, *.example.org or 192.168.1.20:8080`,
    );
  }
  return { host: normal(host), subdomains, port: port && `${Number(port)}` };
}

/** As the URLs are compared: lower case, punycode, one spelling of each address. */
function normal(host: string): string {
  return new URL(`http://${host}`).hostname;
}

function isLiteral(hostname: string): boolean {
  return isIP(bare(hostname)) !== 0;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

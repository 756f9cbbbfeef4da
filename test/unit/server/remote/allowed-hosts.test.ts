import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { AllowedHosts, isPublicAddress } from '#remote/allowed-hosts.ts';

function allows(entry: string, url: string): boolean {
  try {
    new AllowedHosts([entry]).ruleFor(new URL(url));
    return true;
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, 'forbidden');
    return false;
  }
}

describe('the hosts that may be fetched from', () => {
  for (const [entry, url] of [
    ['media.example.org', 'https://media.example.org/a.mp4'],
    ['media.example.org', 'http://MEDIA.example.org:80/a.mp4'],
    ['Media.Example.org', 'https://media.example.org/'],
    ['media.example.org:8443', 'https://media.example.org:8443/'],
    ['media.example.org:443', 'https://media.example.org/'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
    ['*.example.org', 'https://a.example.org/'],
    ['*.example.org', 'https://a.b.example.org/'],
    ['*.example.org:81', 'http://a.example.org:81/'],
    ['127.0.0.1:81', 'http://2130706433:81/'],
    ['::1', 'http://[0:0::1]/'],
    ['[::1]:81', 'http://[::1]:81/'],
  ] as const) {
    test(`${entry} names ${url}`, () => assert(allows(entry, url)));
  }

  for (const [entry, url] of [
    ['media.example.org', 'https://example.org/'],
    ['media.example.org', 'https://media.example.org:8443/'],
    ['media.example.org', 'https://media.example.org./'],
    ['media.example.org', 'https://media.example.org.evil.net/'],
    ['media.example.org:80', 'https://media.example.org/'],
    ['*.example.org', 'https://example.org/'],
    ['*.example.org', 'https://evilexample.org/'],
    ['*.example.org', 'https://a.example.org./'],
    ['*.example.org', 'https://a.example.org:81/'],
    ['127.0.0.1', 'http://127.0.0.2/'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]/'],
    ['127.0.0.1', 'http://localhost/'],
    ['localhost', 'http://127.0.0.1/'],
    ['localhost', 'http://localhost./'],
    ['localhost', 'http://a.localhost/'],
  ] as const) {
    test(`${entry} does not name ${url}`, () => assert(!allows(entry, url)));
  }

  for (const entry of [
    '',
    '*',
    '*.',
    'a*.example.org',
    '*.1',
    '*.127.0.0.1',
    '*.[::1]',
    'https://example.org',
    'example.org/a',
    'me@example.org',
    'example.org:99999',
    'example.org:',
    '1.2.3.4.5',
    '10.0.0.0/8',
    '[::1',
    'a b',
  ]) {
    test(`no host: ${JSON.stringify(entry)}`, () => {
      assert.throws(() => new AllowedHosts([entry]), {
        code: 'invalid_request',
        message: /ALLOW_MEDIA_HOSTS/,
      });
    });
  }

  test('names may only stand for public addresses, localhost only for this machine', () => {
    const ruleFor = (host: string) => new AllowedHosts([host]).ruleFor(new URL(`http://${host}/`));
    const addresses = ['8.8.8.8', '127.0.0.1', '::1', '10.0.0.1', '::ffff:127.0.0.1', '2606:4700::1111'];
    assert.deepEqual(addresses.filter(ruleFor('example.org')), ['8.8.8.8', '2606:4700::1111']);
    assert.deepEqual(addresses.filter(ruleFor('localhost')), ['127.0.0.1', '::1']);
    assert.deepEqual(addresses.filter(ruleFor('10.0.0.1')), ['10.0.0.1']);
  });
});

describe('public addresses', () => {
  /** IANA's special-purpose registries (RFC 6890 and later), multicast, and what wraps IPv4 addresses. */
  const special = [
    '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
    '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
    '::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32',
    '2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8',
  ].flatMap((line) => line.split(' '));

  for (const block of special) {
    test(`none in ${block}`, () => {
      const [base, length] = ipaddr.parseCIDR(block);
      const bytes = base.toByteArray();
      fc.assert(
        fc.property(fc.uint8Array({ minLength: bytes.length, maxLength: bytes.length }), (random) => {
          const inside = bytes.map((byte, i) => {
            const free = 0xff >> Math.min(8, Math.max(0, length - 8 * i));
            return byte | ((random[i] ?? 0) & free);
          });
          assert(!isPublicAddress(ipaddr.fromByteArray(inside).toString()));
        }),
      );
    });
  }

  test('none that ipaddr.js calls anything but unicast, at any point of the address space', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        if (ipaddr.parse(address).range() === 'unicast') return;
        refused += 1;
        assert(!isPublicAddress(address), address);
      }),
      { numRuns: 500 },
    );
    assert(refused > 0);
  });

  test('no text that is no address', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', '8.8.8.8/8', ':::', '[2606:4700::1111]']) {
      assert(!isPublicAddress(text), text);
    }
  });

  test('those of public hosts', () => {
    for (const address of ['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1']) {
      assert(isPublicAddress(address), address);
    }
  });
});

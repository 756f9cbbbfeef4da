import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#errors';
import { openDataUrl } from '#remote/data-url.ts';

const read = async (url: string, maxBytes = 1_000_000) => buffer(openDataUrl(url, { maxBytes }).stream);
const base64 = (bytes: Uint8Array) => `data:video/mp4;base64,${Buffer.from(bytes).toString('base64')}`;
const percent = (bytes: Uint8Array) =>
  `data:image/gif,${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`;

describe('data URLs', () => {
  test('any bytes come back, from both forms, whatever the length of a piece', async () => {
    const small = fc.uint8Array({ maxLength: 300 });
    // a piece is 65536 characters: 49152 bytes of base64, 21845 of escapes
    const large = fc
      .tuple(fc.constantFrom(21_845, 49_152, 98_304), fc.integer({ min: -3, max: 3 }), fc.nat(255))
      .map(([length, more, seed]) => Uint8Array.from({ length: length + more }, (_, i) => (i * seed) >> 3));
    await fc.assert(
      fc.asyncProperty(fc.oneof(small, large), async (bytes) => {
        assert.deepEqual(await read(base64(bytes)), Buffer.from(bytes));
        assert.deepEqual(await read(percent(bytes)), Buffer.from(bytes));
      }),
      { numRuns: 20 },
    );
  });

  test('base64 may be wrapped, escaped, unpadded, and its header in any case', async () => {
    const text = Buffer.from('>>>?????').toString('base64');
    assert.match(text, /[+/].*=/);
    const wrapped = text.replace(/(.{5})/g, '$1\r\n ') + ' '.repeat(200_000);
    const escaped = text.replace(/[+/=]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
    for (const body of [wrapped, escaped, text.replace(/=+$/, '')]) {
      assert.equal(String(await read(`DATA:Video/MP4;codecs=avc1 ; BASE64,${body}`)), '>>>?????');
    }
  });

  test('plain characters stand for themselves', async () => {
    assert.equal(String(await read('data:application/octet-stream,a b+c,%2C=%25')), 'a b+c,,=%');
  });

  for (const url of [
    'data:video/mp4;base64,A',
    'data:video/mp4;base64,A===',
    'data:video/mp4;base64,AAA==',
    'data:video/mp4;base64,AA=A',
    'data:video/mp4;base64,AA==AAAA',
    'data:video/mp4;base64,AAAA*AAA',
    'data:video/mp4;base64,AA-_',
    'data:video/mp4;base64,%4',
    'data:video/mp4;base64,AAAA%zz',
    'data:video/mp4,%',
    'data:video/mp4,\u00e9',
    `data:video/mp4;base64,${'A'.repeat(65_534)}==AAAA`,
    'data:video/mp4;base64',
    `data:video/mp4;${'a'.repeat(5000)},`,
    'https://example.org/',
    '',
  ]) {
    test(`broken: ${url.slice(0, 50)}`, async () => {
      await assert.rejects(read(url), { code: 'invalid_request' });
    });
  }

  for (const type of ['', 'text/html', 'video', 'video/', 'image/a/b', 'audio/wav', 'xvideo/mp4']) {
    test(`not a clip: ${JSON.stringify(type)}`, async () => {
      await assert.rejects(read(`data:${type};base64,AAAA`), { code: 'unsupported_media' });
    });
  }

  test('up to the limit is taken, one byte more is not', async () => {
    const bytes = new Uint8Array(70_000);
    for (const url of [base64(bytes), percent(bytes)]) {
      assert.equal((await read(url, 70_000)).length, 70_000);
      await assert.rejects(read(url, 69_999), { code: 'too_large' });
    }
  });

  test('mutated text is refused with a reason or read, nothing else', async () => {
    const valid = fc
      .uint8Array({ maxLength: 60 })
      .chain((bytes) => fc.constantFrom(base64(bytes), percent(bytes)));
    const mutated = fc
      .tuple(
        valid,
        fc.nat(100),
        fc.nat(4),
        fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('%', '=', ',', ';')),
      )
      .map(([url, index, drop, put]) => url.slice(0, index) + put + url.slice(index + drop));
    await fc.assert(
      fc.asyncProperty(mutated, async (url) => {
        await read(url, 50).catch((error: unknown) => {
          assert(error instanceof AppError, String(error));
          assert(['invalid_request', 'unsupported_media', 'too_large'].includes(error.code), error.code);
        });
      }),
      { numRuns: 200 },
    );
  });
});

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundedLines } from '#core/bounded-lines.ts';

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('bounded lines', () => {
  test('are those that readline finds, however the bytes are cut', async () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r\n', 'ü', '🎬', ''), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(8)), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        const own = await linesOf(boundedLines(Readable.from(chunks), 100));
        const input = Readable.from([bytes]);
        const expected = await linesOf(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }));
        assert.deepEqual(own, expected);
      }),
    );
  });

  test('a line without an end is refused when it is too long, and read no further', async () => {
    let sent = 0;
    const endless = Readable.from(
      (function* () {
        while (true) {
          sent += 1;
          yield Buffer.alloc(1000, 'x');
        }
      })(),
    );
    await assert.rejects(linesOf(boundedLines(endless, 4000)), RangeError);
    assert.ok(sent < 50);
  });
});

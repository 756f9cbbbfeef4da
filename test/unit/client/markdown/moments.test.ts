import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { piecesOf } from '#client/markdown/moments.ts';

const found = (text: string, duration = 36_000) =>
  piecesOf(text, duration).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.seconds]));

describe('moments in a text', () => {
  it('are read as players show them', () => {
    assert.deepEqual(found('At 0:04 it stops, (1:02:03) it goes; 0:04.5.'), [4, 3723, 4.5]);
  });

  it('are nothing that only looks like one', () => {
    assert.deepEqual(found('16:9 12:345 1:2:3:04:05 0:61 ::04 3:1415'), []);
  });

  it('lie within the clip', () => {
    assert.deepEqual(found('0:05 or 0:15', 10), [5]);
  });

  it('leave the text as it was', () => {
    const words = fc.array(fc.constantFrom('0:04', ' ', 'at', '1:00:00', ':', '.', '12:59.9', 'x'));
    const run = fc.property(words, fc.nat(4000), (picked, duration) => {
      const text = picked.join('');
      const pieces = piecesOf(text, duration);
      assert.equal(pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''), text);
    });
    fc.assert(run);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blocksOf, isMarkdown, noBlocks } from '#client/markdown/blocks.ts';
import { isMath } from '#client/markdown/math.ts';

const lines = [
  '',
  '',
  'words',
  'more words  ',
  '# heading',
  '===',
  '---',
  '- item',
  '  - inner',
  '1. first',
  '> quote',
  '```',
  '```ts',
  '    code',
  '| a | b |',
  '|---|---|',
  '**bold** _em_ `code`',
  '[link](https://a.example)',
  '<script>alert(1)</script>',
  '<!-- open',
  '[a]: https://a.example',
  '![x](https://a.example/x.png)',
  '\t',
  '$$',
  'a $x_1$ b',
  '$$y$$',
  '\\[ z',
  'w \\]',
];
const text = fc
  .array(fc.constantFrom(...lines), { maxLength: 14 })
  .chain((picked) =>
    fc.tuple(fc.constant(picked.join('\n')), fc.array(fc.nat(400), { minLength: 1, maxLength: 12 })),
  );

describe('blocks of a text', () => {
  it('are the same when the text grows as when it comes at once', () => {
    const run = fc.property(text, ([whole, cuts]) => {
      let blocks = noBlocks;
      for (const cut of cuts.sort((a, b) => a - b)) blocks = blocksOf(whole.slice(0, cut), blocks);
      blocks = blocksOf(whole, blocks);
      assert.deepEqual(blocks.tokens, blocksOf(whole).tokens);
    });
    fc.assert(run, { numRuns: 500 });
  });

  it('keep what is settled: only the end of a growing text is read anew', () => {
    const before = blocksOf('one\n\ntwo\n\nthree\n\nfo');
    const after = blocksOf('one\n\ntwo\n\nthree\n\nfour', before);
    assert.equal(after.tokens[0], before.tokens[0]);
    assert.notEqual(after.tokens.at(-1), before.tokens.at(-1));
  });

  it('begin anew where the text is another one', () => {
    const [first] = blocksOf('# other', blocksOf('one\n\ntwo')).tokens;
    assert.equal(first?.type, 'heading');
  });

  it('come of any text, and only of kinds that can be drawn', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('> ', '- ', '1. ', '[', '**', '_a', '\n'),
    );
    const run = fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { tokens } = blocksOf(pieces.join(''));
      assert.ok(tokens.every((token) => isMarkdown(token) || isMath(token)));
    });
    fc.assert(run);
    for (const open of ['$a ', '\\(a ', '\\[a ', '$$a ']) blocksOf(open.repeat(5000));
    for (const nested of ['- ', '> ', '1. ']) {
      assert.equal(blocksOf(`${nested.repeat(3000)}a`).tokens.length, 1);
    }
  });
});

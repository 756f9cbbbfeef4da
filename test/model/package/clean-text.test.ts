import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cleanText } from '#models/package/clean-text.ts';

const python = process.env['PYTHON'] ?? '/usr/bin/python3';
const installed = spawnSync(python, ['-c', '']).status === 0;

const escaped = [
  'a man &amp; a dog',
  'a man &amp;amp; a dog',
  'R&amp;B &lt;live&gt; &quot;tonight&quot; it&#39;s &#x27;on&#x27;',
  'caf&eacute; &nbsp; &hellip; &euro;5 &copy 2020 &unknown; & alone',
  '&amp;lt;b&amp;gt;',
];

test('entities are those of Python, twice over', { skip: installed ? false : `no ${python}` }, () => {
  const script =
    'import sys, json, html; print(json.dumps([html.unescape(html.unescape(t)).strip() for t in json.load(sys.stdin)]))';
  const { stdout } = spawnSync(python, ['-c', script], { input: JSON.stringify(escaped), encoding: 'utf8' });
  assert.deepEqual(escaped.map(cleanText), JSON.parse(stdout));
});

test('quotes are straightened and letters untied, and nothing else is touched', () => {
  assert.equal(cleanText(' \u2018it\u2019s\u2019 \u201cfine\u201d '), `'it's' "fine"`);
  assert.equal(cleanText('\ufb01ne \uff21\uff22\uff11\uff01\u3000x'), 'fine AB1! x');
  const kept = 'A Ünïted \u4e2d\u6587 \ud83c\udfac 1\u00bd \u2014 x\u00b2';
  assert.equal(cleanText(kept), kept);
});

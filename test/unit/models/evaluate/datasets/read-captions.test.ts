import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DatasetError } from '#models/evaluate/datasets/dataset-error.ts';
import { parseCsv, parseTabs } from '#models/evaluate/datasets/delimited.ts';
import { readCaptions } from '#models/evaluate/datasets/read-captions.ts';

describe('comma-separated values', () => {
  test('the examples of RFC 4180', () => {
    assert.deepEqual(parseCsv('aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n'), [
      ['aaa', 'bbb', 'ccc'],
      ['zzz', 'yyy', 'xxx'],
    ]);
    assert.deepEqual(parseCsv('"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx'), [
      ['aaa', 'b\r\nbb', 'ccc'],
      ['zzz', 'yyy', 'xxx'],
    ]);
    assert.deepEqual(parseCsv('"aaa","b""bb","ccc"'), [['aaa', 'b"bb', 'ccc']]);
  });

  test('empty fields are fields, empty lines are nothing, a byte order mark is no letter', () => {
    assert.deepEqual(parseCsv('\uFEFFa,\n\n,b\n"",""'), [
      ['a', ''],
      ['', 'b'],
      ['', ''],
    ]);
    assert.deepEqual(parseCsv(''), []);
  });

  test('a broken quote is told with its place', () => {
    assert.throws(() => parseCsv('a,b\nc,"d\ne\nf'), /record 2: a quote is never closed/);
    assert.throws(() => parseCsv('a\n"b"c'), /line 2: text after the closing quote/);
    assert.throws(() => parseCsv('a,"b\n"c,d\n'), /line 2: text after the closing quote/);
    assert.throws(() => parseCsv('a,b\nc,d "e"\n'), /line 2: a quote in a field without quotes/);
  });

  test('what is written in quotes is read again', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '\t') });
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), (table, end) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = table.map((row) => row.map(quoted).join(',')).join(end);
        assert.deepEqual(parseCsv(text), table);
      }),
    );
  });

  test('no text does more than fail as it should', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r') }), (text) => {
        try {
          assert.ok(parseCsv(text).every((row) => row.length > 0));
        } catch (error) {
          assert.ok(error instanceof DatasetError);
        }
      }),
    );
  });
});

describe('captions', () => {
  const two = [
    { clip: 'a.mp4', text: 'a cat, asleep' },
    { clip: 'b.mp4', text: 'a dog' },
  ];

  test('of plain files: CSV, TSV and JSON', () => {
    assert.deepEqual(readCaptions('file,caption\na.mp4,"a cat, asleep"\nb.mp4,a dog\n'), two);
    assert.deepEqual(readCaptions('file\tcaption\na.mp4\ta cat, asleep\nb.mp4\ta dog\n'), two);
    const json = '[{"file":"a.mp4","caption":["a cat, asleep"]},{"file":"b.mp4","caption":"a dog"}]';
    assert.deepEqual(readCaptions(json), two);
  });

  test('of MSR-VTT: the 1k-A split, and the JSON of all captions, of which the test split counts', () => {
    const split = 'key,vid_key,video_id,sentence\nret0,msr9770,video9770,a person is connecting something\n';
    assert.deepEqual(readCaptions(split), [{ clip: 'video9770', text: 'a person is connecting something' }]);
    const sentences = [
      { sen_id: 0, video_id: 'video0', caption: 'a car' },
      { sen_id: 1, video_id: 'video1', caption: 'a song' },
      { sen_id: 2, video_id: 'video1', caption: 'a singer' },
    ];
    const videos = [
      { video_id: 'video0', split: 'train' },
      { video_id: 'video1', split: 'test' },
    ];
    const all = readCaptions(JSON.stringify({ info: {}, videos, sentences }));
    assert.deepEqual(all, [
      { clip: 'video1', text: 'a song' },
      { clip: 'video1', text: 'a singer' },
    ]);
    assert.equal(readCaptions(JSON.stringify({ sentences })).length, 3);
  });

  test('of DiDeMo: all that is said of a clip is one paragraph', () => {
    const moments = [
      { video: 'x.mov', description: 'a man waves.', times: [[0, 0]] },
      { video: 'y.mov', description: 'rain', times: [[1, 2]] },
      { video: 'x.mov', description: 'he leaves.', times: [[3, 3]] },
    ];
    assert.deepEqual(readCaptions(JSON.stringify(moments)), [
      { clip: 'x.mov', text: 'a man waves. he leaves.' },
      { clip: 'y.mov', text: 'rain' },
    ]);
  });

  test('of LSMDC: the sentence is the sixth column, and quotes in it are its own', () => {
    const line = '1012_Unbreakable_00.05.16.065-00.05.21.941\t1\t2\t3\t4\tSOMEONE says "no.\n';
    assert.deepEqual(readCaptions(line), [
      { clip: '1012_Unbreakable_00.05.16.065-00.05.21.941', text: 'SOMEONE says "no.' },
    ]);
  });

  test('what is none of these says what is wrong with it', () => {
    for (const [text, problem] of [
      ['', /the first line is ""/],
      ['name,words\na,b', /the first line is "name,words"/],
      ['file,caption\n', /no caption under it/],
      ['file,caption\na.mp4', /row 1/],
      ['file,caption\na.mp4,  ', /row 1/],
      ['a,b,c,d,e,f\n1,2,3,4,5,6', /the first line is "a,b,c,d,e,f"/],
      ['a\tb', /line 1 has not the six columns/],
      ['[{"file":"a"}]', /none of the layouts/],
      ['{"sentences":[]}', /none of the layouts/],
      ['[broken', /no JSON/],
    ] as const) {
      assert.throws(() => readCaptions(text), problem);
      assert.throws(() => readCaptions(text), DatasetError);
    }
  });

  test('no text does more than fail as it should', () => {
    const text = fc.string({
      unit: fc.constantFrom('file', 'caption', ',', '\t', '"', '\n', '[', '{', '}', ':'),
    });
    fc.assert(
      fc.property(text, (some) => {
        try {
          assert.ok(readCaptions(some).every(({ clip }) => clip !== ''));
        } catch (error) {
          assert.ok(error instanceof DatasetError);
        }
      }),
    );
  });
});

test('tabs separate, and empty lines are nothing', () => {
  assert.deepEqual(parseTabs('a\tb\r\n\r\n"c\t\n'), [
    ['a', 'b'],
    ['"c', ''],
  ]);
});

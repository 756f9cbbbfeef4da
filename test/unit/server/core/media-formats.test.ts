import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clipExtensions, demuxers, mediaFormats, mimeOf } from '#core/media-formats.ts';

describe('the table of media formats', () => {
  test('names no demuxer, extension or media type twice', () => {
    for (const names of [
      demuxers.split(','),
      mediaFormats.flatMap(({ extensions }) => extensions),
      mediaFormats.map(({ mime }) => mime),
    ])
      assert.equal(new Set(names).size, names.length);
  });

  test('lists no demuxer that follows names of other files', () => {
    const followers = [
      'hls',
      'applehttp',
      'dash',
      'concat',
      'image2',
      'sdp',
      'rtsp',
      'imf',
      'concatf',
      'lavfi',
    ];
    assert.deepEqual(
      followers.filter((name) => demuxers.split(',').includes(name)),
      [],
    );
  });

  test('serves what ffmpeg reports by its own media type, never as a document', () => {
    assert.equal(mimeOf('mov,mp4,m4a,3gp,3g2,mj2'), 'video/mp4');
    assert.equal(mimeOf('asf'), 'video/x-ms-wmv');
    assert.equal(mimeOf('mpeg'), 'video/mpeg');
    assert.equal(mimeOf('html'), 'application/octet-stream');
  });

  test('single pictures are not searched for in data sets', () => {
    assert.ok(clipExtensions.includes('wmv') && !clipExtensions.includes('png'));
  });
});

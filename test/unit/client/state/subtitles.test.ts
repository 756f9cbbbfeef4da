import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asWebVtt } from '#client/state/subtitles.ts';

describe('a subtitle file', () => {
  it('in SubRip becomes WebVTT: its commas between seconds and milliseconds, not those of the words', () => {
    const srt =
      '\uFEFF1\r\n00:00:00,500 --> 00:00:01,250\r\nOne, two\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nEnd';
    assert.equal(
      asWebVtt(srt),
      'WEBVTT\n\n1\n00:00:00.500 --> 00:00:01.250\nOne, two\n\n2\n00:00:02.000 --> 00:00:03.000\nEnd',
    );
  });

  it('in WebVTT stays as it is', () => {
    const vtt = 'WEBVTT\n\n00:00.500 --> 00:01.000\nHello';
    assert.equal(asWebVtt(vtt), vtt);
  });
});

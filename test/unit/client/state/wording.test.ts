import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messages } from '#client/messages/en.ts';
import { chatAbout } from '#client/state/screen.ts';
import { clock, duration, paceOf, periodOf, size, statusOf, uploadPace } from '#client/state/wording.ts';

describe('wording', () => {
  it('says durations as people do', () => {
    const said = [0, 9.94, 9.96, 59.4, 59.6, 3599.6, 3600, 7325].map(duration);
    assert.deepEqual(said, ['0.0 s', '9.9 s', '10 s', '59 s', '1:00', '1:00:00', '1:00:00', '2:02:05']);
  });

  it('says sizes as people do', () => {
    assert.deepEqual([1, 999_499, 999_600, 3_440_000, 2e9].map(size), [
      '1 kB',
      '999 kB',
      '1.0 MB',
      '3.4 MB',
      '2.0 GB',
    ]);
  });

  it('tells an upload from the check that follows it', () => {
    const played = { name: 'a.mp4', url: 'blob:a', picture: false };
    const upload = { id: 'u', played, sent: 1e6, total: 4e6, bytesPerSecond: 5e5 };
    const chat = { ...chatAbout([], 'stan'), uploads: [upload] };
    assert.equal(uploadPace(messages, upload), '1.0 MB of 4.0 MB, 500 kB/s');
    assert.equal(statusOf(messages, chat), 'Uploading the clip');
    const sent = { ...chat, uploads: [{ ...upload, sent: 4e6 }] };
    assert.equal(statusOf(messages, sent), 'Checking the clip');
  });

  it('tells how fast an answer came', () => {
    const counts = { reusedTokens: 30, promptTokens: 10, answerTokens: 5 };
    const stages = { probe: 0, sample: 0, preprocess: 0, encode: 0, prompt: 0 };
    const done = { type: 'done', text: '', reason: 'end', ...counts } as const;
    assert.equal(paceOf(messages, done, 256), '45 of 256 tokens');
    const timed = { ...done, timings: { ...stages, firstToken: 500, total: 1500 } };
    assert.equal(paceOf(messages, timed, undefined), '0.50 s to the first word · 45 tokens');
    const long = { ...timed, answerTokens: 101 };
    assert.equal(paceOf(messages, long, undefined), '0.50 s to the first word · 100 tokens/s · 141 tokens');
  });

  it('groups by day, as the calendar of the browser has it', () => {
    const now = new Date(2026, 4, 20, 0, 30);
    const at = (day: number, hour: number) => periodOf(new Date(2026, 4, day, hour).getTime(), now);
    assert.deepEqual(
      [at(20, 0), at(19, 23), at(18, 12), at(14, 0), at(13, 23)],
      ['today', 'yesterday', 'week', 'week', 'older'],
    );
  });

  it('tells moments as players do', () => {
    const told = [0, 0.08, 4.25, 59.96, 61, 754.32].map(clock);
    assert.deepEqual(told, ['0:00.0', '0:00.1', '0:04.3', '1:00.0', '1:01.0', '12:34.3']);
  });
});

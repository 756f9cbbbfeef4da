import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncoderMode } from '#engine/types.ts';
import { zeroTimings } from '#engine/stage-timer.ts';
import { Metrics } from '#metrics/metrics.ts';

test('what the engine does is counted once, where it happened', async () => {
  const metrics = new Metrics();
  const { encoded, answered } = metrics.observer;
  const mode: EncoderMode = 'stan';
  const receipt = { mode, sampler: 'x', frames: [], videoTokens: { count: 5, width: 1 } };
  const tokens = { data: new Float32Array(5), count: 5, width: 1 };
  encoded({ tokens, receipt, timings: { ...zeroTimings, encode: 500 } }, 'file');
  encoded({ tokens, receipt, timings: zeroTimings }, 'memory');
  encoded({ tokens, receipt, timings: zeroTimings }, 'disk');
  const counts = { reusedTokens: 10, promptTokens: 4, answerTokens: 3 };
  const timings = { ...zeroTimings, prompt: 20, firstToken: 20, total: 2000 };
  answered({ type: 'done', text: '', reason: 'end', ...counts, timings });
  answered({ type: 'done', text: '', reason: 'stopped', ...counts });
  metrics.watchConnections(() => 7);

  const { body } = await metrics.text();
  const sampleOf = (sample: string) =>
    Number(
      body
        .split('\n')
        .find((line) => line.startsWith(`stan_llava_${sample} `))
        ?.split(' ')
        .at(-1),
    );
  assert.equal(sampleOf('clips_total{from="file"}'), 1);
  assert.equal(sampleOf('clips_total{from="memory"}'), 1);
  assert.equal(sampleOf('stage_seconds_count{stage="encode"}'), 1);
  assert.equal(sampleOf('stage_seconds_sum{stage="encode"}'), 0.5);
  assert.equal(sampleOf('stage_seconds_sum{stage="total"}'), 2);
  assert.equal(sampleOf('answers_total{reason="stopped"}'), 1);
  assert.equal(sampleOf('tokens_total{kind="reused"}'), 20);
  assert.equal(sampleOf('tokens_total{kind="answer"}'), 6);
  assert.equal(sampleOf('connections'), 7);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeTransfer, speedMeter } from '#models/hub/transfer-report.ts';

const state = { done: 1.5e9, total: 4e9, received: 0, file: 'them/it/model.gguf' };

describe('describeTransfer', () => {
  it('gives amount, speed, time left and the file', () => {
    assert.equal(describeTransfer(state, 10e6), '1.50 of 4.00 GB, 10.0 MB/s, 5 min left, them/it/model.gguf');
    assert.match(describeTransfer(state, 100e6), /, 25 s left,/);
    assert.match(describeTransfer(state, 0.5e6), /, 1 h 24 min left,/);
  });

  it('promises no end where nothing comes, and no time where all is here', () => {
    assert.equal(describeTransfer(state, 0), '1.50 of 4.00 GB, 0.0 MB/s, them/it/model.gguf');
    assert.equal(describeTransfer({ ...state, done: 4e9 }, 10e6), '4.00 of 4.00 GB');
  });
});

describe('speedMeter', () => {
  it('measures the last ten seconds only', () => {
    const speed = speedMeter();
    assert.equal(speed(500, 0), 0);
    assert.equal(speed(1500, 1000), 1000);
    assert.equal(speed(3500, 2000), 1500);
    assert.equal(speed(3600, 2001), 3100 / 2.001);
    assert.equal(speed(3500, 12_000), 0);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

describe('transferReport', () => {
  it('writes a line now and then where nobody watches, and the last one once', () => {
    const script = `
      import { transferReport } from './models/hub/transfer-report.ts';
      let seconds = 0;
      Date.now = () => seconds * 1000;
      const report = transferReport();
      for (; seconds <= 40; seconds++) {
        const done = seconds * 1e8;
        report.update({ done, total: 4e9, received: done, file: 'x' });
        report.update({ done, total: 4e9, received: done, file: 'x' });
      }
      report.stop();`;
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(stderr.split('\n'), [
      '0.00 of 4.00 GB, 0.0 MB/s, x',
      '1.50 of 4.00 GB, 100.0 MB/s, 25 s left, x',
      '3.00 of 4.00 GB, 100.0 MB/s, 10 s left, x',
      '4.00 of 4.00 GB',
      '',
    ]);
  });
});

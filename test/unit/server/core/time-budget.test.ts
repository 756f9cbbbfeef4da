import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TimeBudget } from '#core/time-budget.ts';

/** Work that takes more than the budget of a second, by the clock that the budget looks at. */
const long = async (): Promise<string> => {
  const end = performance.now() + 1001;
  while (performance.now() < end) await pause(50);
  return 'done';
};

describe('time that one client may take', () => {
  test('a client that used it up is refused; others, and the server itself, are not', async () => {
    const budget = new TimeBudget(1);
    await budget.require('a');
    assert.equal(await budget.spend('a', long), 'done');
    await assert.rejects(budget.require('a'), { code: 'rate_limited' });
    await budget.require('b');
    await budget.require(undefined);
  });

  test('work that fails counts too', async () => {
    const budget = new TimeBudget(1);
    const failing = budget.spend('a', async () => {
      await long();
      throw new Error('damaged');
    });
    await assert.rejects(failing, /damaged/);
    await assert.rejects(budget.require('a'), { code: 'rate_limited' });
  });

  test('0 is no limit', async () => {
    const budget = new TimeBudget(0);
    await budget.spend('a', async () => undefined);
    await budget.require('a');
  });
});

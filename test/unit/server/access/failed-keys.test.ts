import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FailedKeys } from '#access/failed-keys.ts';
import { accessRig, requestWith } from './rig.ts';

const key = 'correct-horse-battery';

/** Failed keys whose clock stands until it is moved, and whose delays are noted. */
function rig() {
  const clock = { now: 1 };
  const delays: number[] = [];
  const failedKeys = new FailedKeys({
    now: () => clock.now,
    pause: async (ms) => delays.push(ms),
  });
  return { clock, delays, failedKeys };
}

describe('wrong keys', () => {
  test('are answered ever slower, then not at all for a while', async () => {
    const { clock, delays, failedKeys } = rig();
    const guess = (text: string) => failedKeys.attempt('8.8.8.8', text, () => undefined);
    for (let i = 0; i < 10; i++) assert.equal(await guess(`${i}`), undefined);
    assert.deepEqual(delays, [200, 400, 800, 1600, 3200, 4000, 4000]);
    await assert.rejects(guess('11'), { code: 'rate_limited', retryAfter: 900 });
    clock.now += 899_000;
    await assert.rejects(guess('12'), { code: 'rate_limited', retryAfter: 1 });
    clock.now += 1000;
    assert.equal(await guess('13'), undefined);
  });

  test('are counted before they are looked at, so that many at once are no way around', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const failedKeys = new FailedKeys({ now: () => 1, pause: () => gate });
    let looks = 0;
    const guesses = Array.from({ length: 3000 }, (_, i) =>
      failedKeys.attempt('8.8.8.8', `${i}`, () => {
        looks += 1;
        return undefined;
      }),
    );
    release();
    const ends = await Promise.allSettled(guesses);
    assert.equal(looks, 10);
    assert.equal(ends.filter(({ status }) => status === 'rejected').length, 2990);
  });

  test('from one network lock neither others out, nor the keys that were used there before', async () => {
    const { failedKeys } = rig();
    assert.equal(await failedKeys.attempt('8.8.8.8', 'good', () => 'Ann'), 'Ann');
    for (let i = 0; i < 10; i++) await failedKeys.attempt('8.8.8.8', `${i}`, () => undefined);
    await assert.rejects(
      failedKeys.attempt('8.8.8.8', 'new', () => 'Bob'),
      { code: 'rate_limited' },
    );
    assert.equal(await failedKeys.attempt('8.8.8.8', 'good', () => 'Ann'), 'Ann');
    assert.equal(await failedKeys.attempt('9.9.9.9', 'new', () => 'Bob'), 'Bob');
    // a key that was good and is revoked is a wrong key
    await assert.rejects(
      failedKeys.attempt('8.8.8.8', 'good', () => undefined),
      { code: 'rate_limited' },
    );
  });

  test('that are mistyped now and then lock nobody', async () => {
    const { clock, failedKeys } = rig();
    for (let i = 0; i < 50; i++) {
      assert.equal(await failedKeys.attempt('8.8.8.8', `${i}`, () => undefined), undefined);
      clock.now += 200_000;
      if (i % 5 === 4) clock.now += 900_000;
    }
  });
});

describe('the address of a client', () => {
  const { open } = accessRig();
  const headers = { host: 'localhost', authorization: `Bearer ${key}` };
  const addressOf = async (trustedProxies: string[], remoteAddress: string, forwarded?: string) => {
    const extra = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const request = requestWith({ ...headers, ...extra }, { remoteAddress });
    return (await open({ apiKey: key, trustedProxies }).admit(request)).address;
  };

  test('is what a trusted proxy says, and nobody else', async () => {
    assert.equal(await addressOf([], '127.0.0.1', '8.8.8.8'), '127.0.0.1');
    assert.equal(await addressOf(['loopback'], '127.0.0.1', '8.8.8.8'), '8.8.8.8');
    assert.equal(await addressOf(['loopback'], '::ffff:127.0.0.1', '8.8.8.8'), '8.8.8.8');
    // what the client itself wrote in front is not believed
    assert.equal(await addressOf(['loopback'], '127.0.0.1', '1.1.1.1, 8.8.8.8'), '8.8.8.8');
    assert.equal(await addressOf(['loopback', '10.0.0.0/8'], '127.0.0.1', '8.8.8.8, 10.1.2.3'), '8.8.8.8');
    assert.equal(await addressOf(['10.0.0.0/8'], '9.9.9.9', '8.8.8.8'), '9.9.9.9');
  });

  test('of IPv6 counts by its network, so that one sender has no endless supply', async () => {
    const access = open({ apiKey: key });
    const guess = (i: number) =>
      access.admit(
        requestWith(
          { host: 'localhost', authorization: `Bearer wrong-${i}` },
          { remoteAddress: `2001:db8::${i.toString(16)}` },
        ),
      );
    for (let i = 1; i <= 10; i++) await assert.rejects(guess(i), { code: 'unauthorized' });
    await assert.rejects(guess(11), { code: 'rate_limited' });
  });
});

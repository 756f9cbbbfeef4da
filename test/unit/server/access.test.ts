import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAccess } from '../../../server/access.ts';

const key = 'correct-horse';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('without a key, only this machine by its own names, and no page of another site', () => {
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'localhost']) {
    checkAccess({ host }, undefined);
    checkAccess({ host, origin: `http://${host}` }, undefined);
  }
  const host = '127.0.0.1:3000';
  const refused = [
    { host: 'rebound.example:3000', origin: 'http://rebound.example:3000' },
    { host, origin: 'http://other.example' },
    { host, origin: 'http://127.0.0.1:4000' },
    { host, origin: 'null' },
    { host, origin: '' },
    {},
  ];
  for (const headers of refused) assert.throws(() => checkAccess(headers, undefined), { code: 'forbidden' });
});

test('with a key, any host name, but the key as Bearer or as the password of Basic', () => {
  const host = 'video.example';
  for (const authorization of [`Bearer ${key}`, `bearer ${key}`, basic(`me:${key}`), basic(`:${key}`)]) {
    checkAccess({ host, authorization }, key);
    checkAccess({ host, authorization, origin: `https://${host}` }, key);
    assert.throws(() => checkAccess({ host, authorization, origin: 'https://other.example' }, key), {
      code: 'forbidden',
    });
  }
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer wrong',
    basic(key),
    basic('me:'),
    'Digest x',
  ]) {
    const headers = authorization === undefined ? { host } : { host, authorization };
    assert.throws(() => checkAccess(headers, key), { code: 'unauthorized' });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access } from '#access/access.ts';

const key = 'correct horse';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const accessOf = (options: Partial<ConstructorParameters<typeof Access>[0]> = {}) =>
  new Access({ apiKey: undefined, isLocal: true, ...options });

test('without a key, only this machine by its own names, and no page of another site', () => {
  const access = accessOf();
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'localhost', '[::1]']) {
    access.check({ host });
    access.check({ host, origin: `http://${host}` });
  }
  access.check({ host: 'LocalHost:3000' });
  const host = '127.0.0.1:3000';
  const refused = [
    { host: 'rebound.example:3000', origin: 'http://rebound.example:3000' },
    { host: 'localhost.rebound.example' },
    { host: '127.0.0.1.rebound.example' },
    { host: '[::1].rebound.example' },
    { host: '[::2]:3000' },
    { host, origin: 'http://other.example' },
    { host, origin: 'http://127.0.0.1:4000' },
    { host, origin: 'null' },
    { host, origin: '' },
    {},
  ];
  for (const headers of refused) assert.throws(() => access.check(headers), { code: 'forbidden' });
});

test('with a key, any host name, but the key as Bearer or as the password of Basic', () => {
  const access = accessOf({ apiKey: key, isLocal: false });
  const host = 'video.example';
  for (const authorization of [`Bearer ${key}`, `bearer ${key}`, basic(`me:${key}`), basic(`:${key}`)]) {
    assert.equal(access.check({ host, authorization }), 'API_KEY');
    access.check({ host, authorization, origin: `https://${host}` });
    assert.throws(() => access.check({ host, authorization, origin: 'https://other.example' }), {
      code: 'forbidden',
    });
  }
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer wrong',
    `Bearer ${key} `,
    key,
    basic(key),
    basic('me:'),
    'Digest x',
  ];
  for (const authorization of wrong) {
    const headers = authorization === undefined ? { host } : { host, authorization };
    assert.throws(() => access.check(headers), { code: 'unauthorized' });
  }
});

test('keys that were made count as long as they are there, and then keep others out', () => {
  const made = new Map<string, string>();
  const keys = {
    get any() {
      return made.size > 0;
    },
    find: (text: string) => {
      const id = made.get(text);
      return id === undefined ? undefined : { id, name: '', createdAt: 0 };
    },
  };
  const access = accessOf({ keys });
  const host = 'localhost:3000';
  assert.equal(access.check({ host }), undefined);
  made.set('made', 'first');
  assert.equal(access.check({ host, authorization: 'Bearer made' }), 'first');
  assert.throws(() => access.check({ host }), { code: 'unauthorized' });
  made.delete('made');
  assert.throws(() => access.check({ host: 'video.example', authorization: 'Bearer made' }), {
    code: 'forbidden',
  });
});

test('a server that others can reach is not started without a key, nor open when its last one is gone', () => {
  const keys = { any: true, find: () => undefined };
  assert.throws(() => accessOf({ isLocal: false }), { code: 'invalid_request', message: /API_KEY/ });
  const access = accessOf({ isLocal: false, keys });
  keys.any = false;
  assert.throws(() => access.check({ host: 'localhost' }), { code: 'unauthorized' });
});

test('a list of host names keeps all others out, with or without a key', () => {
  const allowedHosts = ['video.example'];
  for (const apiKey of [undefined, key]) {
    const access = accessOf({ apiKey, allowedHosts });
    const authorization = `Bearer ${key}`;
    for (const host of ['video.example', 'Video.Example:8443', 'localhost:3000']) {
      access.check({ host, authorization });
    }
    for (const host of ['other.example', 'x.video.example', 'video.example.evil', '', undefined]) {
      assert.throws(() => access.check({ ...(host !== undefined && { host }), authorization }), {
        code: 'forbidden',
      });
    }
  }
});

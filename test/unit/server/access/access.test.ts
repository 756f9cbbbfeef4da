import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { accessRig, requestWith } from './rig.ts';

const key = 'correct-horse-battery';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('without any key', () => {
  const access = accessRig().open();
  const host = 'localhost:3000';

  test('this machine is let in by its own names, and is an admin without a user', async () => {
    for (const name of [host, '127.0.0.1:3000', '[::1]:3000', 'localhost', '[::1]', 'LocalHost:3000']) {
      const { userId, role } = await access.admit(requestWith({ host: name }));
      assert.deepEqual([userId, role], [null, 'admin']);
      await access.admit(requestWith({ host: name.toLowerCase(), origin: `http://${name}`.toLowerCase() }));
    }
    await access.admit(requestWith({ host }, { remoteAddress: '::ffff:127.0.0.1' }));
  });

  test('nobody else is, whatever the Host header says', async () => {
    for (const remoteAddress of ['192.168.1.7', '8.8.8.8', '2001:db8::1', '', '10.0.0.1']) {
      await assert.rejects(access.admit(requestWith({ host }, { remoteAddress })), { code: 'forbidden' });
    }
    // a proxy on this machine stands for somebody else
    for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host']) {
      await assert.rejects(access.admit(requestWith({ host, [name]: '127.0.0.1' })), { code: 'forbidden' });
    }
    for (const name of [
      'rebound.example:3000',
      'localhost.rebound.example',
      '127.0.0.1.x',
      '[::2]:3000',
      '',
    ]) {
      await assert.rejects(access.admit(requestWith({ host: name })), { code: 'forbidden' }, name);
    }
    await assert.rejects(access.admit(requestWith({})), { code: 'forbidden' });
  });

  test('a setting that lets others in is refused at the start', () => {
    const { open } = accessRig();
    for (const [options, name] of [
      [{ isLocal: false }, 'HOST'],
      [{ allowedHosts: ['chat.example.org'] }, 'ALLOWED_HOSTS'],
      [{ allowedOrigins: ['https://app.example.org'] }, 'ALLOWED_ORIGINS'],
      [{ trustedProxies: ['loopback'] }, 'TRUSTED_PROXIES'],
    ] as const) {
      assert.throws(() => open(options), {
        code: 'invalid_request',
        message: new RegExp(`${name}.*API_KEY`),
      });
      assert.ok(open({ ...options, apiKey: key }));
    }
    assert.throws(() => open({ apiKey: key, trustedProxies: ['my-proxy'] }), { message: /TRUSTED_PROXIES/ });
  });
});

describe('keys', () => {
  test('come as Bearer or as the password of Basic, from any address and host name', async () => {
    const access = accessRig().open({ apiKey: key, isLocal: false });
    const host = 'video.example';
    for (const authorization of [`Bearer ${key}`, `bearer ${key}`, basic(`me:${key}`), basic(`:${key}`)]) {
      const principal = await access.admit(
        requestWith({ host, authorization }, { remoteAddress: '8.8.8.8' }),
      );
      assert.deepEqual([principal.keyId, principal.role, principal.address], ['API_KEY', 'admin', '8.8.8.8']);
    }
    const wrong = [undefined, '', 'Bearer', 'Bearer wrong', key, basic(key), basic('me:'), 'Digest x'];
    for (const authorization of wrong) {
      const headers = authorization === undefined ? { host } : { host, authorization };
      await assert.rejects(access.admit(requestWith(headers)), { code: 'unauthorized' });
    }
  });

  test('belong to a user, have a role, expire, and say when they were last used', async () => {
    const { keys, open } = accessRig();
    const ann = keys.create('Ann', { role: 'read-only' });
    const again = keys.create('Ann', { name: 'laptop', expiresAt: Date.now() - 1 });
    assert.equal(ann.userId, again.userId);
    const access = open();
    const headers = { host: 'localhost', authorization: `Bearer ${ann.key}` };
    const principal = await access.admit(requestWith(headers));
    assert.deepEqual(
      [principal.userId, principal.userName, principal.role, principal.keyId],
      [ann.userId, 'Ann', 'read-only', ann.id],
    );
    const expired = { host: 'localhost', authorization: `Bearer ${again.key}` };
    await assert.rejects(access.admit(requestWith(expired)), { code: 'unauthorized' });
    const [first, second] = keys.list();
    assert(first?.lastUsedAt !== null && second?.lastUsedAt === null);
  });

  test('close the server when the first is made, and the last one revoked does not open it', async () => {
    const { keys, open } = accessRig();
    const access = open();
    const local = await access.admit(requestWith({ host: 'localhost' }));
    const { id, key: made } = keys.create('Ann');
    assert.throws(() => access.recheck(local), { code: 'unauthorized' });
    const headers = { host: 'localhost', authorization: `Bearer ${made}` };
    const ann = await access.admit(requestWith(headers));
    access.recheck(ann);
    keys.revoke(id);
    assert.throws(() => access.recheck(ann), { code: 'unauthorized' });
    for (const request of [requestWith({ host: 'localhost' }), requestWith(headers)]) {
      await assert.rejects(access.admit(request), { code: 'unauthorized' });
    }
    await assert.rejects(open().admit(requestWith({ host: 'localhost' })), { code: 'unauthorized' });
  });

  test('that are weak are refused at the start', () => {
    const { open } = accessRig();
    for (const weak of [
      'a',
      'short-key-of-15',
      'aaaaaaaaaaaaaaaaaaaaaaaa',
      'abcabcabcabcabcabc',
      'has spaces in it 123',
      'ünïcödé-ünïcödé-x',
    ]) {
      assert.throws(
        () => open({ apiKey: weak }),
        { code: 'invalid_request', message: /^API_KEY: must/ },
        weak,
      );
    }
  });

  test('of any text are compared without an error', async () => {
    const access = accessRig().open({ apiKey: key });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.ipV4(), async (text, remoteAddress) => {
        fc.pre(text !== key);
        const request = requestWith(
          { host: 'localhost', authorization: `Bearer ${text}` },
          { remoteAddress },
        );
        await assert.rejects(access.admit(request), { code: /unauthorized|rate_limited/ });
      }),
      { numRuns: 50 },
    );
  });
});

test('a list of host names keeps all others out, with a key too', async () => {
  const access = accessRig().open({ apiKey: key, allowedHosts: ['video.example'] });
  const authorization = `Bearer ${key}`;
  for (const host of ['video.example', 'Video.Example:8443', 'localhost:3000']) {
    await access.admit(requestWith({ host, authorization }));
  }
  for (const host of ['other.example', 'x.video.example', 'video.example.evil', '']) {
    await assert.rejects(access.admit(requestWith({ host, authorization })), { code: 'forbidden' });
  }
});

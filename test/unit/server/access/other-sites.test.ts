import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accessRig, requestWith } from './rig.ts';

const key = 'correct-horse-battery';
const authorization = `Bearer ${key}`;
const host = 'localhost:3000';

describe('pages of other sites', () => {
  const access = accessRig().open({ apiKey: key });
  const refused = (headers: Record<string, string>, options = {}) =>
    assert.rejects(access.admit(requestWith({ host, authorization, ...headers }, options)), {
      code: 'forbidden',
    });

  test('are told by their origin', async () => {
    for (const origin of ['http://other.example', 'http://localhost:4000', 'null', ''])
      await refused({ origin });
    await access.admit(requestWith({ host, authorization, origin: `http://${host}` }));
  });

  test('are told by Sec-Fetch-Site where a browser leaves the origin out', async () => {
    const picture = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    for (const site of ['cross-site', 'same-site', 'anything']) {
      await refused({ 'sec-fetch-site': site, ...picture }, { url: '/v1/videos/x/frames' });
    }
    for (const site of ['same-origin', 'none']) {
      await access.admit(requestWith({ host, authorization, 'sec-fetch-site': site, ...picture }));
    }
  });

  test('may link to our page, and to nothing that works', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    access.screen(requestWith({ host, ...link }, { url: '/' }));
    access.screen(requestWith({ host, ...link }, { url: '/docs' }));
    for (const url of ['/v1/videos/x/frames', '//v1/videos', '/V1/models', '/v1', '/socket.io/?x']) {
      await refused(link, { url });
    }
    await refused({ ...link, 'sec-fetch-dest': 'iframe' }, { url: '/' });
    await refused(link, { url: '/', method: 'POST' });
  });
});

describe('browser programs of allowed origins', () => {
  const { open } = accessRig();
  const origin = 'https://app.example.org';
  const access = open({ apiKey: key, allowedOrigins: [origin] });
  const headers = { host, origin, 'sec-fetch-site': 'cross-site' };

  test('are let in with a key, never by a cookie', async () => {
    await access.admit(requestWith({ ...headers, authorization }));
    const { token } = await access.logIn(requestWith({ host }), key);
    const cookie = `stan_llava_session=${token}`;
    await access.admit(requestWith({ host, cookie }));
    await assert.rejects(access.admit(requestWith({ ...headers, cookie })), { code: 'unauthorized' });
    await assert.rejects(access.logIn(requestWith(headers), key), { code: 'forbidden' });
  });

  test('others are not, however alike they look', async () => {
    for (const other of [
      'https://app.example.org.evil',
      'http://app.example.org',
      'https://app.example.org:8443',
    ]) {
      await assert.rejects(access.admit(requestWith({ host, authorization, origin: other })), {
        code: 'forbidden',
      });
    }
  });
});

describe('browser sessions', () => {
  const { keys, sessions, open } = accessRig();
  const access = open({ apiKey: key });

  test('stand for the key they were opened with, until they end or the key is revoked', async () => {
    const made = keys.create('Ann', { role: 'read-only' });
    const { token, principal } = await access.logIn(requestWith({ host }), made.key);
    const request = requestWith({ host, cookie: `other=1; stan_llava_session=${token}` });
    const again = await access.admit(request);
    assert.deepEqual(again, principal);
    assert.equal(again.role, 'read-only');
    access.logOut(again);
    assert.throws(() => access.recheck(again), { code: 'unauthorized' });
    await assert.rejects(access.admit(request), { code: 'unauthorized' });

    const second = await access.logIn(requestWith({ host }), made.key);
    keys.revoke(made.id);
    assert.throws(() => access.recheck(second.principal), { code: 'unauthorized' });
    const after = requestWith({ host, cookie: `stan_llava_session=${second.token}` });
    await assert.rejects(access.admit(after), { code: 'unauthorized' });
  });

  test('change things with their token alone', async () => {
    const { token, csrfToken, principal } = await access.logIn(requestWith({ host }), key);
    const cookie = `stan_llava_session=${token}`;
    assert.equal(access.csrfToken(principal, { headers: { cookie } }), csrfToken);
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      await access.admit(requestWith({ host, cookie, 'x-csrf-token': csrfToken }, { method }));
      for (const wrong of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': token }]) {
        await assert.rejects(access.admit(requestWith({ host, cookie, ...wrong }, { method })), {
          code: 'forbidden',
        });
      }
      // a key is sent by programs alone, so nobody can forge that
      await access.admit(requestWith({ host, cookie, authorization }, { method }));
    }
  });

  test('of a key of the settings end when that is another', async () => {
    const { token } = await access.logIn(requestWith({ host }), key);
    const request = requestWith({ host, cookie: `stan_llava_session=${token}` });
    const later = open({ apiKey: 'another-key-entirely' });
    await assert.rejects(later.admit(request), { code: 'unauthorized' });
    assert.equal(sessions.find('x'.repeat(43)), undefined);
  });
});

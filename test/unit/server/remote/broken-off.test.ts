import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { ClipHost, clip, never, refused } from './clip-host.ts';

describe('downloads of clips, broken off', () => {
  const host = new ClipHost();

  test('by the host, before and in the body', async () => {
    const cut = (response: ServerResponse) => response.write(clip, () => response.destroy());
    for (const route of [
      cut,
      (response: ServerResponse) => cut(response.setHeader('content-length', 100)),
      (response: ServerResponse) => response.destroy(),
      (response: ServerResponse) => response.socket?.end('SSH-2.0-secret\r\n'),
      (response: ServerResponse) =>
        response.socket?.end('HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: secret\r\n\r\n'),
    ]) {
      await refused(
        host.download(host.serve('/a', route)),
        'invalid_request',
        /could not be fetched from localhost:\d+/,
      );
    }
  });

  test('before it began: no such host, nobody listening', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND secret'));
    await refused(
      host.download(`http://${host.localhost}/`, { resolve }),
      'invalid_request',
      /could not be fetched/,
    );
    await refused(
      host.download('http://localhost:1/', { allow: ['localhost:1'] }),
      'invalid_request',
      /localhost:1/,
    );
  });

  const silent: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['no answer', () => undefined],
    ['no body', (response) => response.flushHeaders()],
    ['half a body', (response) => response.write(clip)],
  ];
  for (const [what, route] of silent) {
    test(`by a host that stays silent: ${what}`, async () => {
      await refused(
        host.download(host.serve('/a', route), { idleMs: 30 }),
        'too_slow',
        /^localhost:\d+ takes too long/,
      );
    });

    test(`when it takes too long as a whole: ${what}`, async () => {
      await refused(host.download(host.serve('/a', route), { timeoutMs: 30 }), 'too_slow', /takes too long/);
    });

    test(`by the caller: ${what}`, async () => {
      const caller = new AbortController();
      const url = host.serve('/a', (response) => {
        route(response);
        setTimeout(() => caller.abort(), 20);
      });
      await refused(host.download(url, {}, caller.signal), 'cancelled', /cancelled/);
    });
  }

  test('when it drips on and on', async () => {
    const url = host.serve('/a', (response) => {
      const drip = setInterval(() => response.write('a'), 5);
      response.once('close', () => clearInterval(drip));
    });
    await refused(host.download(url, { timeoutMs: 60, idleMs: 1000 }), 'too_slow', /takes too long/);
  });

  test('while the name is looked up', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const url = `http://${host.localhost}/`;
    await refused(host.download(url, { resolve, timeoutMs: 20 }), 'too_slow', /takes too long/);
    await refused(host.download(url, { resolve }, AbortSignal.abort()), 'cancelled', /cancelled/);
  });

  test('by the caller, when all of it has come but nobody has read it', async () => {
    const caller = new AbortController();
    const url = host.serve('/a', (response) => response.end(clip));
    const { stream } = await host.media().open(url, { signal: caller.signal });
    await host.idle();
    caller.abort();
    await refused(buffer(stream), 'cancelled', /cancelled/);
  });

  test('by us, where a host goes on and on with what nobody wants', async () => {
    const moved = host.serve('/a', (response) =>
      response.writeHead(302, { location: '/b' }).write('a secret'),
    );
    host.serve('/b', (response) => response.end(clip));
    assert.deepEqual(await host.download(moved), clip);
    const failed = host.serve('/c', (response) => response.writeHead(500).write('a secret'));
    await refused(host.download(failed), 'invalid_request', /status 500/);
    // no connection is left: see ClipHost
  });

  test('by a reader who lost interest, also before reading', async () => {
    const url = host.serve('/a', (response) => response.write(clip));
    const { stream } = await host.media().open(url, { signal: never });
    stream.destroy();
    // no connection is left: see ClipHost
  });

  test('with nobody reading yet, and whoever reads then hears of it', async () => {
    const cut = (response: ServerResponse) => response.write(clip, () => response.destroy());
    for (const [route, code] of [
      [(response: ServerResponse) => response.write(clip), 'too_slow'],
      [cut, 'invalid_request'],
    ] as const) {
      const { stream } = await host
        .media({ timeoutMs: 100 })
        .open(host.serve('/a', route), { signal: never });
      if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve));
      await refused(buffer(stream), code, /localhost/);
    }
  });
});

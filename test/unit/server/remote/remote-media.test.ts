import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { at, ClipHost, clip, never, refused } from './clip-host.ts';

describe('clips by URL', () => {
  const host = new ClipHost();

  test('are downloaded, with a name to show', async () => {
    const url = host.serve('/a/caf%C3%A9%20%ff.mp4?size=large', (response) => response.end(clip));
    const { stream, name } = await host.media().open(url, { signal: never });
    assert.deepEqual(await buffer(stream), clip);
    assert.equal(name, 'caf\u00e9 \ufffd.mp4');
    assert.equal(host.asked[0]?.headers['accept-encoding'], 'identity');
    assert.equal(host.asked[0]?.headers.host, host.localhost);
  });

  test('come from an address too, where the list has it so', async () => {
    host.serve('/', (response) => response.end(clip));
    const { stream, name } = await host
      .media({ allow: [`127.0.0.1:${host.port}`] })
      .open(`http://127.0.0.1:${host.port}/`, { signal: never });
    assert.deepEqual(await buffer(stream), clip);
    assert.equal(name, 'clip');
  });

  test('exactly as large as the limit are taken, larger ones refused by header and by body', async () => {
    const sized = host.serve('/sized', (response) => response.setHeader('content-length', 15).end(clip));
    const chunked = host.serve('/chunked', (response) => {
      response.write(clip.subarray(0, 8));
      response.end(clip.subarray(8));
    });
    for (const url of [sized, chunked]) {
      assert.deepEqual(await host.download(url, { maxBytes: 15 }), clip);
      await refused(host.download(url, { maxBytes: 14 }), 'too_large', /14 bytes/);
    }
    await refused(host.media({ maxBytes: 14 }).open(sized, { signal: never }), 'too_large', /14 bytes/);
  });

  test('that never end are cut at the limit', async () => {
    const url = host.serve('/endless', (response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000)));
      };
      response.on('drain', more);
      more();
    });
    await refused(host.download(url, { maxBytes: 200_000 }), 'too_large', /200000 bytes/);
  });

  describe('redirected', () => {
    test('are followed to a host on the list, by any of the ways', async () => {
      const goal = host.serve('/goal', (response) => response.end(clip));
      host.redirect('/b', '/goal');
      for (const status of [301, 302, 303, 307, 308]) {
        const url = host.serve('/a', (response) => response.writeHead(status, { location: 'b' }).end());
        assert.deepEqual(await host.download(url), clip);
      }
      assert.deepEqual(await host.download(host.redirect('/c', goal)), clip);
    });

    test('are not followed to where the URL itself might not go', async () => {
      for (const location of [
        'http://example.org/a.mp4',
        `http://127.0.0.1:${host.port}/goal`,
        'http://10.0.0.1/',
        `http://me:secret@${host.localhost}/goal`,
        'file:///etc/passwd',
        'data:video/mp4;base64,AAAA',
        'http://[',
        `http://${host.localhost}/${'a'.repeat(5000)}`,
      ]) {
        await refused(
          host.download(host.redirect('/a', location)),
          'forbidden',
          /^localhost:\d+ redirects to where/,
        );
      }
      assert(host.asked.every(({ url }) => url === '/a'));
    });

    test('are followed three times, not four, and not in circles', async () => {
      host.serve('/0', (response) => response.end(clip));
      for (const hop of [1, 2, 3, 4]) host.redirect(`/${hop}`, `/${hop - 1}`);
      assert.deepEqual(await host.download(`http://${host.localhost}/3`), clip);
      await refused(
        host.download(`http://${host.localhost}/4`),
        'invalid_request',
        /^localhost:\d+ redirects more than 3/,
      );
      await refused(
        host.download(host.redirect('/loop', '/loop')),
        'invalid_request',
        /redirects more than 3/,
      );
    });

    test('are resolved anew, and checked anew, at each turn', async () => {
      const answers = ['127.0.0.1', '10.0.0.1'];
      const resolve = () => at(answers.shift() ?? '')();
      host.serve('/goal', (response) => response.end(clip));
      await refused(
        host.download(host.redirect('/a', '/goal'), { resolve }),
        'forbidden',
        /^localhost:\d+ leads into a private network/,
      );
      assert.deepEqual(answers, []);
      assert.equal(host.asked.length, 1);
    });
  });

  describe('are refused', () => {
    test('all of them, as long as nothing is allowed, with the setting that changes it', async () => {
      await refused(host.download('https://example.org/', { allow: [] }), 'forbidden', /ALLOW_MEDIA_HOSTS/);
    });

    test('on hosts not on the list, however they are spelled', async () => {
      for (const name of [
        'example.org',
        `localhost.:${host.port}`,
        `127.0.0.1.:${host.port}`,
        `2130706433:${host.port}`,
        `0x7f.1:${host.port}`,
        `127.1:${host.port}`,
        `0177.0.0.1:${host.port}`,
        `0.0.0.0:${host.port}`,
        `[::1]:${host.port}`,
        `[::]:${host.port}`,
        `[::ffff:127.0.0.1]:${host.port}`,
        `localhost.example.org:${host.port}`,
        'localhost',
        'localhost:1',
      ]) {
        await assert.rejects(host.download(`http://${name}/`), { code: 'forbidden' }, name);
      }
      assert.equal(host.asked.length, 0);
    });

    test('where an allowed name stands for no public address, before anything is sent', async () => {
      const allow = [`cam.example.org:${host.port}`, `*.example.net:${host.port}`];
      for (const addresses of [
        ['127.0.0.1'],
        ['0.0.0.0'],
        ['::1'],
        ['10.0.0.1', '::ffff:127.0.0.1'],
        ['64:ff9b::7f00:1'],
        [],
      ]) {
        for (const name of ['cam.example.org', 'a.example.net']) {
          await refused(
            host.download(`http://${name}:${host.port}/`, { allow, resolve: at(...addresses) }),
            'forbidden',
            /private network/,
          );
        }
      }
      assert.equal(host.asked.length, 0);
    });

    test('with any scheme but http and https', async () => {
      for (const url of [
        'file:///etc/passwd',
        'ftp://localhost/a',
        'gopher://localhost/',
        'javascript:alert(1)',
        'blob:http://localhost/a',
        'data:video/mp4,a',
      ]) {
        await refused(host.download(url), 'invalid_request', /https and http only/);
      }
    });

    test('with credentials, and without being URLs', async () => {
      for (const user of ['me', 'me:secret', ':secret']) {
        await refused(
          host.download(`http://${user}@${host.localhost}/`),
          'invalid_request',
          /user name and password/,
        );
      }
      for (const url of [
        '',
        'a.mp4',
        '//localhost/',
        'http://',
        `http://${host.localhost}/${'a'.repeat(5000)}`,
      ]) {
        await refused(host.download(url), 'invalid_request', /no URL/);
      }
    });

    test('when the host has none, with its status and never its words', async () => {
      await refused(
        host.download(`http://${host.localhost}/no`),
        'invalid_request',
        /^localhost:\d+ answers with status 404/,
      );
      for (const [status, headers] of [
        [206, {}],
        [204, {}],
        [300, { location: '/goal' }],
        [302, {}],
        [500, {}],
      ] as const) {
        const url = host.serve('/a', (response) => response.writeHead(status, 'a secret', headers).end());
        await refused(host.download(url), 'invalid_request', new RegExp(`status ${status}`));
      }
    });

    test('when they come compressed', async () => {
      const url = host.serve('/a', (response) => response.setHeader('content-encoding', 'gzip').end(clip));
      await refused(host.download(url), 'invalid_request', /compressed/);
    });
  });

  test('are asked of the addresses that were checked, and of no other of the same name', async () => {
    const url = host.serve('/a', (response) => response.end(clip));
    let resolved = 0;
    const resolve = () => {
      resolved += 1;
      return at('0.0.0.0', '127.0.0.1')();
    };
    assert.deepEqual(await host.download(url, { resolve }), clip);
    assert.equal(resolved, 1);
    // 0.0.0.0 would reach the host, 127.0.0.2 does not
    await refused(
      host.download(url, { resolve: at('0.0.0.0', '127.0.0.2') }),
      'invalid_request',
      /not be fetched/,
    );
    assert.equal(host.asked.length, 1);
  });
});

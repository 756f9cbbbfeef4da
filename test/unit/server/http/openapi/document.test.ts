import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { operations } from '#http/openapi/operations.ts';
import { errorBody, videoResource } from '#contract/rest.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

describe('the API document', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder);
  });
  after(() => server.close());

  test('is valid OpenAPI 3.1', async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document);
    assert.equal(valid, true, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
    assert.equal(
      Object.values(document.paths).flatMap((path) => Object.keys(Object(path))).length,
      operations.length,
    );
    const wish = document.paths['/v1/captions'].post.requestBody.content['application/json'].schema;
    assert.equal(wish.anyOf[0].properties.temperature.maximum, 2, 'it is the schema that checks requests');
  });

  test('describes only what is there, and what is there answers as described', async () => {
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const uploaded = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    const { id } = videoResource.parse(await uploaded.json());
    for (const operation of operations) {
      const { method, path, status, errors = [], reply = [], open } = operation;
      const own = path.includes('models') ? 'fake' : id;
      const url = `${server.url}${path.replace('{id}', own).replace('{n}', '0')}`;
      // the clip goes last
      if (method === 'delete' && path.startsWith('/v1/videos')) continue;
      const answer = await fetch(url, { method: method.toUpperCase() });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') && text !== '';
      const said = isJson ? JSON.parse(text) : text;
      const expected = [status, ...errors, ...(open ? [] : [400])];
      const what = `${method} ${path}: ${answer.status} ${JSON.stringify(said)}`;
      assert(expected.includes(answer.status), what);
      assert(!JSON.stringify(said).includes('nothing at this address'), what);
      if (answer.status >= 400 && method !== 'head') errorBody.parse(said);
      for (const form of reply) {
        if (answer.status === status && 'json' in form) form.json.parse(said);
      }
    }
    const gone = await fetch(`${server.url}/v1/videos/${id}`, { method: 'DELETE' });
    assert.equal(gone.status, 204);
  });

  test('is a page to read, which loads nothing from elsewhere and runs nothing', async () => {
    const reply = await fetch(`${server.url}/docs`);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/html/);
    const page = await reply.text();
    for (const { id, summary } of operations) {
      assert(page.includes(`<details id="${id}">`));
      assert(page.includes(summary.split('`')[0]?.replaceAll("'", '&#39;') ?? ''));
    }
    assert(!/<script|style=|onclick|src=/i.test(page));
    const links = [...page.matchAll(/<link[^>]*href="([^"]*)"/g)].map(([, href]) => href);
    assert.deepEqual(links, ['data:,', '/docs/style.css']);
    const style = await fetch(`${server.url}/docs/style.css`);
    assert.match(style.headers.get('content-type') ?? '', /^text\/css/);
    assert(!(await style.text()).includes('url('));
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { videoResource } from '#contract/rest.ts';
import { readServerSentEvents } from '#bench/scripted/server-sent-events.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

const text = (content: string) => [{ role: 'user' as const, content }];
/** Parts that OpenAI's own types do not know. */
const shown = (...parts: object[]) =>
  JSON.parse(JSON.stringify([{ role: 'user', content: [...parts, { type: 'text', text: 'what is it' }] }]));
const base64 = (content: string) => Buffer.from(content).toString('base64');

describe('chat completions, asked by the openai client', () => {
  const folder = tempFolder();
  let server: RunningServer;
  let client: OpenAI;
  let videoId = '';
  before(async () => {
    server = await startServer(folder);
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    videoId = videoResource.parse(await reply.json()).id;
  });
  beforeEach(() => {
    server.engine.asked.length = 0;
    server.engine.looked.length = 0;
  });
  after(() => server.close());

  const lastAsked = () => server.engine.asked.at(-1) ?? assert.fail('nothing was asked');

  test('the model is found, and answers', async () => {
    const models = await client.models.list();
    assert.deepEqual(
      models.data.map(({ id }) => id),
      ['fake'],
    );
    assert.equal((await client.models.retrieve('fake')).id, 'fake');
    const reply = await client.chat.completions.create({ model: 'fake', messages: text('one two') });
    assert.equal(reply.object, 'chat.completion');
    const { message, finish_reason: reason } = reply.choices[0] ?? assert.fail();
    assert.deepEqual([message.role, message.content, reason], ['assistant', 'onetwo', 'stop']);
    assert.equal(reply.usage?.total_tokens, 2);
    assert.deepEqual(Object.getOwnPropertyDescriptor(reply, 'confidence')?.value, {
      signal: 'least-token-probability',
      probability: 0.5,
      value: 0.75,
    });
  });

  test('settings arrive as they were sent', async () => {
    await client.chat.completions.create({
      model: 'fake',
      messages: text('hi'),
      max_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
      seed: -1,
      stop: 'END',
      user: 'me',
      n: 1,
      presence_penalty: 0,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'boolean' } } },
    });
    const { maxTokens, temperature, topP, seed, stop, jsonSchema } = lastAsked();
    assert.deepEqual([maxTokens, temperature, topP, seed], [7, 0.5, 0.9, 2 ** 32 - 1]);
    assert.deepEqual([stop, jsonSchema], [['END'], { type: 'boolean' }]);
    await client.chat.completions.create({ model: 'fake', messages: text('hi'), stop: ['a', 'b'] });
    assert.deepEqual(lastAsked().stop, ['a', 'b']);
    assert.equal(lastAsked().maxTokens, undefined);
  });

  test('a talk with system, earlier answers and several texts in a row', async () => {
    await client.chat.completions.create({
      model: 'fake',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'yes' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
        { role: 'user', content: 'second' },
        { role: 'user', content: [{ type: 'text', text: 'and third' }] },
      ],
    });
    const { system, turns } = lastAsked();
    assert.equal(system, 'Be brief.\nBe kind.');
    assert.deepEqual(turns, [
      { question: 'first', clips: [], answer: 'yes' },
      { question: 'second\nand third', clips: [] },
    ]);
  });

  test('clips come by id, as data, in llama.cpp’s form, and pictures too; nothing of them stays', async () => {
    const files = await server.files();
    const data = `data:video/mp4;base64,${base64('video two')}`;
    const messages = shown(
      { type: 'video_url', video_url: { url: `video://${videoId}` } },
      { type: 'video_url', video_url: { url: data } },
      { type: 'input_video', input_video: { data: base64('video three'), format: 'mp4' } },
      { type: 'input_video', input_video: { url: data } },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${base64('video four')}` } },
    );
    await client.chat.completions.create({ model: 'fake', messages });
    const clips = lastAsked().turns[0]?.clips ?? [];
    assert.deepEqual(
      clips.map(({ videoId: id, kind }) => id ?? kind),
      [videoId, 'clip', 'clip', 'clip', 'picture'],
    );
    assert.equal(clips[1], clips[3], 'the same clip twice is one');
    assert(clips.every(({ sha256 }) => sha256?.length === 64));
    assert.deepEqual(await server.files(), files);
  });

  test('a stream has the words, how far it is, and the usage where it is wanted', async () => {
    const stream = await client.chat.completions.create({
      model: 'fake',
      messages: text('one two'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const said: string[] = [];
    let usage = 0;
    const reasons: unknown[] = [];
    for await (const chunk of stream) {
      said.push(chunk.choices[0]?.delta.content ?? '');
      if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason);
      usage += chunk.usage?.total_tokens ?? 0;
    }
    assert.deepEqual([said.join(''), usage, reasons], ['onetwo', 2, ['stop']]);

    const reply = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'fake',
        stream: true,
        stream_options: { include_progress: true },
        messages: shown({ type: 'video_url', video_url: { url: `video://${videoId}` } }),
      }),
    });
    const events = readServerSentEvents(await reply.text());
    assert.equal(events.at(-1)?.data, '[DONE]');
    const { choices, progress } = JSON.parse(events[0]?.data ?? '');
    assert.deepEqual([choices, progress.stage], [[], 'encode']);
  });

  test('what goes wrong is told the way the client knows', async () => {
    const create = (body: object) =>
      client.chat.completions.create(
        JSON.parse(JSON.stringify({ model: 'fake', messages: text('hi'), ...body })),
      );
    const refused = async (body: object, status: number, message: RegExp) =>
      assert.rejects(create(body), (error) => {
        assert(error instanceof OpenAI.APIError);
        assert.equal(error.status, status);
        assert.match(error.message, message);
        assert(!error.message.includes('secret'));
        return true;
      });
    const clip = (url: string) => ({ messages: shown({ type: 'video_url', video_url: { url } }) });
    await refused({ model: 'gpt' }, 404, /no "gpt" here; this server runs "fake"/);
    await refused({ messages: [] }, 400, /messages/);
    await refused({ messages: [{ role: 'assistant', content: 'x' }] }, 400, /before the first question/);
    await refused(
      { messages: [...text('a'), { role: 'assistant', content: 'x' }] },
      400,
      /has to be a question/,
    );
    await refused({ messages: text('  ') }, 400, /no text/);
    await refused({ messages: [{ role: 'tool', content: 'x' }] }, 400, /messages/);
    await refused({ n: 2 }, 400, /only one answer/);
    await refused({ tools: [{}] }, 400, /tools are not supported/);
    await refused({ tool_choice: 'required' }, 400, /tool_choice: tools are not supported/);
    await refused({ modalities: ['text', 'audio'] }, 400, /text only/);
    for (const [name, value] of Object.entries({
      logit_bias: { 50: -100 },
      function_call: 'auto',
      top_k: 40,
      min_p: 0.1,
      repetition_penalty: 1.1,
      top_logprobs: 3,
      store: true,
      anything_new: 1,
    })) {
      await refused({ [name]: value }, 400, new RegExp(name));
    }
    await refused({ logprobs: true }, 400, /logprobs/);
    await refused({ temperature: 9 }, 400, /temperature/);
    await refused(clip('video://nowhere'), 404, /no clip/i);
    await refused(clip('file:///etc/passwd'), 400, /data:, video:/);
    await refused(clip('http://127.0.0.1/a.mp4'), 403, /ALLOW_MEDIA_HOSTS/);
    await refused(clip('data:text/html,hello'), 415, /video/);
    await refused(clip(`data:video/mp4;base64,${base64('text')}`), 422, /no video/);
    await refused(clip(`data:video/mp4;base64,${base64('video'.repeat(300))}`), 413, /1000 bytes/);
    await refused({ messages: text('fail') }, 500, /Something went wrong/);
    await refused({ messages: text('fail'), stream: true }, 500, /Something went wrong/);
    const error = await create({ temperature: 9 }).catch((thrown: unknown) => thrown);
    assert(error instanceof OpenAI.BadRequestError);
    assert.deepEqual(
      [error.param, error.type, error.code],
      ['temperature', 'invalid_request_error', 'invalid_request'],
    );
    assert.equal((await server.files()).length, 1);
  });
});

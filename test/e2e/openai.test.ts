import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import sharp from 'sharp';
import { modelResource } from '#contract/rest.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const root = join(import.meta.dirname, '../..');

/** The openai client against the real server with the shipped package. */
describe('an OpenAI client', () => {
  let server: ServerProcess;
  let client: OpenAI;
  let clip: object;
  let other: object;
  before(async () => {
    server = await startServer(smallPackage);
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const data = (await readFile(join(root, 'client/public/sample.mp4'))).toString('base64');
    clip = { type: 'input_video', input_video: { data, format: 'mp4' } };
    const red = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const url = `data:image/png;base64,${red.toString('base64')}`;
    other = { type: 'image_url', image_url: { url } };
  });
  after(() => server.stop());

  const ask = (content: unknown, settings: object = {}) => {
    const messages = [{ role: 'user', content }];
    const body = JSON.parse(JSON.stringify({ model: 'demo', messages, ...settings }));
    return client.chat.completions.create({ ...body, stream: false });
  };
  const text = (question: string) => ({ type: 'text', text: question });

  test('video tokens are counted, and found in the cache the next time', async () => {
    const model = modelResource.parse(await client.models.retrieve('demo'));
    const first = await ask([clip, text('What colour is it?')]);
    assert.match(first.choices[0]?.message.content ?? '', /green/);
    assert.equal(first.choices[0]?.finish_reason, 'stop');
    const details = (usage: object = {}) => Object.entries(usage);
    const usage = new Map(details(first.usage));
    const { video_tokens: video } = Object(usage.get('prompt_tokens_details'));
    assert.equal(video, model.video_tokens);
    const { prompt_tokens: prompt = 0, completion_tokens: said = 0, total_tokens: total } = first.usage ?? {};
    assert(prompt > video && said > 0);
    assert.equal(total, prompt + said);
    const second = await ask([clip, text('What is it?')]);
    assert((second.usage?.prompt_tokens_details?.cached_tokens ?? 0) >= video);
    const two = await ask([clip, other, text('What colour is it?')]);
    assert.equal(Object(two.usage?.prompt_tokens_details).video_tokens, 2 * video);
  });

  test('an answer obeys its schema, its length and its stop texts', async () => {
    const schema = {
      type: 'object',
      required: ['moving', 'colour'],
      additionalProperties: false,
      properties: { moving: { type: 'boolean' }, colour: { enum: ['red', 'green'] } },
    };
    const asked = { response_format: { type: 'json_schema', json_schema: { name: 'seen', schema } } };
    const reply = await ask([clip, text('What is it?')], asked);
    const seen = JSON.parse(reply.choices[0]?.message.content ?? '');
    assert.equal(typeof seen.moving, 'boolean');
    assert(['red', 'green'].includes(seen.colour));
    const any = await ask([clip, text('What is it?')], {
      response_format: { type: 'json_object' },
      max_tokens: 60,
    });
    assert.match(any.choices[0]?.message.content ?? '', /^\s*\{/);

    const short = await ask([clip, text('Describe the video.')], { max_tokens: 2 });
    assert.equal(short.choices[0]?.finish_reason, 'length');
    assert.equal(short.usage?.completion_tokens, 2);
    const whole = await ask([clip, text('Describe the video.')]);
    const full = whole.choices[0]?.message.content ?? '';
    const stop = full.split(' ').at(2) ?? '';
    const cut = await ask([clip, text('Describe the video.')], { stop });
    assert.equal(cut.choices[0]?.message.content, full.slice(0, full.indexOf(stop)));
    const refused = ask('hi', {
      response_format: { type: 'json_schema', json_schema: { schema: { allOf: [] } } },
    });
    await assert.rejects(refused, /This JSON schema is not supported: Unrecognized key: "allOf"/);
  });

  test('the same seed says the same, warm as it is', async () => {
    const say = async (seed: number) => {
      // of a clip the model is too sure to say anything else
      const reply = await ask('Describe the video.', { temperature: 2, seed, max_tokens: 20 });
      return reply.choices[0]?.message.content;
    };
    assert.equal(await say(1), await say(1));
    const all = await Promise.all([2, 3, 4, 5, 6].map(say));
    assert(new Set(all).size > 1);
  });

  test('a reader that leaves a stream leaves the server free for others', async () => {
    const stream = await client.chat.completions.create({
      model: 'demo',
      stream: true,
      temperature: 2,
      max_tokens: 4000,
      messages: [{ role: 'user', content: 'Describe the video.' }],
    });
    for await (const _chunk of stream) break;
    assert.match((await ask([clip, text('What colour is it?')])).choices[0]?.message.content ?? '', /green/);
  });
});

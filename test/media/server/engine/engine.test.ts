import assert from 'node:assert/strict';
import { join } from 'node:path';
import sharp from 'sharp';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnswerEvent, ProgressEvent } from '#engine/events.ts';
import { Engine, type EngineParts } from '#engine/engine.ts';
import { writeMp4 } from '#cli/write-mp4.ts';
import { ClipConversation } from '#engine/conversation.ts';
import type { PixelTensor, VideoTokens } from '#engine/types.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import type { Encoder, Language } from '#engine/pipeline.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { manifest } from './counting-manifest.ts';

/** Its tokens tell the mode, the mean pixel, and the mean pixel of each frame. */
class CountingEncoder implements Encoder {
  readonly queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
  shapes: PixelTensor['shape'][] = [];
  disposed = false;

  async encode({ data, shape }: PixelTensor, { mode }: { mode: string }): Promise<VideoTokens> {
    this.shapes.push(shape);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const tokens = new Float32Array(10);
    const each = data.length / shape[0];
    const means = Array.from({ length: shape[0] }, (_, t) => data[t * each] ?? 0);
    tokens.set([mode === 'stan' ? 1 : 0, mean, ...means]);
    return { data: tokens, count: 5, width: 2 };
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

/** Answers with the talk it was given. */
class EchoLanguage implements Language {
  readonly description = 'an echo';
  readonly rows = { total: 1, filled: 0, inUse: 0 };
  readonly queue = new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
  disposed = false;

  async generate(...[turns, { signal }, push]: Parameters<Language['generate']>): Promise<void> {
    const question = turns.at(-1)?.question ?? '';
    push({ type: 'token', text: question });
    if (question === 'wait') await pause(60_000, undefined, { signal }).catch(() => undefined);
    const shown = turns.map((turn) => ({ ...turn, clips: turn.clips.map(({ data }) => [...data]) }));
    const reason = signal.aborted ? 'stopped' : 'end';
    const counts = { reusedTokens: 0, promptTokens: 0, answerTokens: 1 };
    push({ type: 'done', text: JSON.stringify(shown), reason, ...counts });
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

function engineOf({ maxSeconds = 60, ...options }: Partial<EngineParts> & { maxSeconds?: number } = {}) {
  const encoder = new CountingEncoder();
  const language = new EchoLanguage();
  const engine = new Engine({
    manifest,
    packageHash: 'one',
    encoder,
    language,
    captionQuestions: new Map([['short', 'Describe it.']]),
    frames: new FrameStore({
      queue: new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 }),
      maxSeconds,
    }),
    ...options,
  });
  return { encoder, language, engine };
}

describe('the engine', () => {
  const folder = tempFolder();
  const path = join(folder, 'white.mp4');
  const signal = new AbortController().signal;
  const stan = { mode: 'stan', signal } as const;
  before(async () => {
    const white = new Uint8Array(32 * 32 * 3).fill(255);
    await writeMp4(Array(10).fill(white), { width: 32, height: 32, fps: 10, path });
  });

  async function answer(talk: ClipConversation, question: string) {
    for await (const event of talk.ask(question, { signal })) {
      if (event.type !== 'done') continue;
      const turns: { question: string; clips: number[][]; answer?: string }[] = JSON.parse(event.text);
      return { turns, timings: event.timings ?? assert.fail() };
    }
    return assert.fail('no end');
  }

  test('a clip goes through every stage in order, and comes with the first question only', async () => {
    const { engine, encoder } = engineOf();
    const stages: string[] = [];
    const onProgress = ({ stage, done, total }: ProgressEvent) => {
      stages.push(stage);
      assert(done <= total);
    };
    const conversation = await ClipConversation.open(engine, { path }, { ...stan, onProgress });
    assert.deepEqual([...new Set(stages)], ['probe', 'sample', 'preprocess', 'encode']);
    assert.deepEqual(encoder.shapes, [[4, 3, 16, 16]]);
    assert.deepEqual(conversation.videoTokens, { count: 5, width: 2 });
    assert.equal(conversation.frames.length, 4);
    assert.deepEqual([...conversation.frames].sort(), conversation.frames);

    const first = await answer(conversation, 'what?');
    const [[isStan, mean = 0] = []] = first.turns[0]?.clips ?? [];
    assert.equal(isStan, 1);
    assert(Math.abs(mean - 1) < 0.02, 'white is 1 after preprocessing');
    const { probe, sample, preprocess, encode, firstToken, prompt, total } = first.timings;
    assert(Math.abs(probe + sample + preprocess + encode + prompt - firstToken) < 1e-6);
    assert(total >= firstToken && encode > 0);

    const second = await answer(conversation, 'and?');
    assert.deepEqual(
      second.turns.map(({ question, clips }) => [question, clips.length]),
      [
        ['what?', 1],
        ['and?', 0],
      ],
    );
    assert.equal(second.turns[0]?.answer, JSON.stringify(first.turns));
    assert.equal(second.timings.encode, 0);
  });

  test('a question about a part of one clip sees all of the others', async () => {
    const { engine } = engineOf();
    const clips = ['a', 'b'].map((videoId) => ({ path, sha256: videoId, videoId }));
    const ask = async (partOf: string) => {
      const options = { signal, start: 0.5, end: 1, partOf };
      for await (const event of engine.answer([{ question: 'what?', clips }], options)) {
        if (event.type === 'done') return event.receipt?.clips.map(({ videoId, part }) => [videoId, part]);
      }
      return assert.fail('no end');
    };
    assert.deepEqual(await ask('b'), [
      ['a', undefined],
      ['b', { start: 0.5, end: 1 }],
    ]);
    await assert.rejects(ask('c'), { code: 'invalid_request' });
  });

  test('a known clip is not watched again, unless in another way', async () => {
    const { engine, encoder } = engineOf();
    const source = { path, sha256: 'a' };
    await ClipConversation.open(engine, source, stan);
    const again = await answer(await ClipConversation.open(engine, source, stan), 'what?');
    assert.equal(encoder.shapes.length, 1);
    assert.equal(again.turns[0]?.clips.length, 1);
    assert.equal(again.timings.encode, 0);
    await ClipConversation.open(engine, source, { ...stan, mode: 'plain' });
    await ClipConversation.open(engine, source, { ...stan, frames: 2 });
    await ClipConversation.open(engine, { path, sha256: 'b' }, stan);
    await ClipConversation.open(engine, source, { ...stan, order: 'reverse' });
    await ClipConversation.open(engine, source, { ...stan, order: 'forward' });
    await ClipConversation.open(engine, { path }, stan);
    await ClipConversation.open(engine, { path }, stan);
    assert.equal(encoder.shapes.length, 7);
    assert.deepEqual(encoder.shapes[2], [2, 3, 16, 16]);
  });

  test('what was encoded once is found again by another engine, unless it is of another package', async () => {
    const tokenStore = await TokenStore.open(join(folder, 'tokens'), { maxBytes: 1e6 });
    const source = { path, sha256: 'a', videoId: '0'.repeat(32) };
    const first = engineOf({ tokenStore });
    const fresh = await first.engine.encode(source, stan);
    const second = engineOf({ tokenStore });
    const found = await second.engine.encode(source, stan);
    assert.equal(second.encoder.shapes.length, 0);
    assert.deepEqual(found.tokens, fresh.tokens);
    assert.deepEqual(found.receipt, fresh.receipt);
    assert.equal(found.receipt.sampler, 'segment-centres');
    const other = engineOf({ tokenStore, packageHash: 'two' });
    await other.engine.encode(source, stan);
    await second.engine.encode(source, { ...stan, mode: 'plain' });
    await second.engine.encode({ ...source, sha256: 'b' }, stan);
    assert.deepEqual([other.encoder.shapes.length, second.encoder.shapes.length], [1, 2]);
  });

  test('frames are looked at in the order asked for, and the receipt says so, also from the disk', async () => {
    const tokenStore = await TokenStore.open(join(folder, 'ordered'), { maxBytes: 1e6 });
    const brighter = { path: join(folder, 'brighter.mp4'), sha256: 'c' };
    const grey = (level: number) => new Uint8Array(32 * 32 * 3).fill(level);
    await writeMp4([0, 80, 160, 240].map(grey), { width: 32, height: 32, fps: 4, path: brighter.path });
    const look = async (order: 'forward' | 'reverse' | 'shuffle') => {
      const fresh = await engineOf({ tokenStore }).engine.encode(brighter, { ...stan, order });
      const stored = await engineOf({ tokenStore }).engine.encode(brighter, { ...stan, order });
      assert.deepEqual([stored.tokens, stored.receipt], [fresh.tokens, fresh.receipt]);
      const levels = [...fresh.tokens.data.subarray(2, 6)].map((mean) => Math.round(mean * 3));
      return { levels, times: fresh.receipt.frames, order: fresh.receipt.order };
    };
    const forward = await look('forward');
    assert.deepEqual([forward.levels, forward.order], [[0, 1, 2, 3], undefined]);
    const reverse = await look('reverse');
    assert.deepEqual([reverse.levels, reverse.order], [[3, 2, 1, 0], 'reverse']);
    assert.deepEqual(reverse.times, forward.times.toReversed());
    assert.deepEqual((await look('shuffle')).levels, [1, 3, 0, 2]);
  });

  test('many who open the same clip at once have it encoded once; a store that fails is no failure', async () => {
    const troubles: string[] = [];
    const failing = () => Promise.reject(new Error());
    const broken = { get: failing, set: failing, forget: () => undefined };
    const observer = { onWarning: (what: string) => troubles.push(what) };
    const { engine, encoder } = engineOf({ tokenStore: broken, observer });
    await Promise.all(Array.from({ length: 5 }, () => engine.encode({ path, sha256: 'a' }, stan)));
    assert.equal(encoder.shapes.length, 1);
    assert.equal(troubles.length, 2);
  });

  test('the film strip is the frames that are looked at', async () => {
    const { engine } = engineOf();
    const { receipt } = await engine.encode({ path }, stan);
    const strip = await engine.filmstrip({ path }, { signal });
    assert.deepEqual(
      strip.map(({ time }) => time),
      receipt.frames,
    );
    for (const { jpeg } of strip) {
      const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height], [32, 32]);
      assert((data[0] ?? 0) > 250, 'white');
    }
    await assert.rejects(engine.filmstrip({ path }, { frames: 9, signal }), { code: 'invalid_request' });
  });

  test('a picture is one frame, read as the image chatbot does', async () => {
    const picture = join(folder, 'red.png');
    await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
      .png()
      .toFile(picture);
    const { engine, encoder } = engineOf();
    const { receipt, tokens } = await engine.encode({ path: picture, kind: 'picture' }, stan);
    assert.deepEqual([receipt.mode, receipt.sampler, receipt.frames], ['plain', 'picture', [0]]);
    assert.deepEqual(encoder.shapes, [[1, 3, 16, 16]]);
    assert(Math.abs((tokens.data[1] ?? 0) - 1 / 3) < 0.01);
    const clip = engine.encode({ path, kind: 'picture' }, stan);
    await assert.rejects(clip, { code: 'unsupported_media' });
  });

  test('an answer says what it was made from: the same again answers the same', async () => {
    const { engine } = engineOf();
    const clips = [{ path, sha256: 'a', videoId: '0'.repeat(32) }];
    const events: AnswerEvent[] = [];
    const asked = engine.answer([{ question: 'what?', clips }], { signal, frames: 2 });
    for await (const event of asked) events.push(event);
    assert(events.every((event) => event.type !== 'progress' || event.videoId === '0'.repeat(32)));
    const last = events.at(-1);
    assert(last?.type === 'done' && last.receipt !== undefined);
    assert.deepEqual(last.receipt.package, { name: 'counting', hash: 'one' });
    assert(Number.isInteger(last.receipt.seed));
    const [clip] = last.receipt.clips;
    assert.deepEqual([clip?.videoId, clip?.sha256, clip?.frames.length], ['0'.repeat(32), 'a', 2]);
  });

  test('captions are asked for in the words of their style', async () => {
    const { engine } = engineOf();
    assert.equal(engine.captionQuestion('short'), 'Describe it.');
    assert.throws(() => engine.captionQuestion('long'), { code: 'invalid_request', message: /short/ });
  });

  test('what the model or the settings do not allow is refused', async () => {
    await assert.rejects(ClipConversation.open(engineOf().engine, { path }, { ...stan, frames: 9 }), {
      code: 'invalid_request',
    });
    await assert.rejects(ClipConversation.open(engineOf({ maxSeconds: 0.5 }).engine, { path }, stan), {
      code: 'video_too_big',
    });
    await assert.rejects(engineOf({ maxSeconds: 0.5 }).engine.probe({ path }, { signal }), {
      code: 'video_too_big',
    });
    await assert.rejects(
      ClipConversation.open(engineOf().engine, { path }, { ...stan, signal: AbortSignal.abort() }),
      {
        name: 'AbortError',
      },
    );
  });

  test('disposing stops the answers that run, then frees the models, and nothing starts again', async () => {
    const { engine, encoder, language } = engineOf();
    const conversation = await ClipConversation.open(engine, { path }, stan);
    const events = conversation.ask('wait', { signal });
    await events.next();
    const last = events.next();
    const disposed = engine.dispose();
    const event = (await last).value;
    assert(event?.type === 'done' && event.reason === 'stopped');
    assert.equal(language.disposed, false, 'not while an answer runs');
    await events.next();
    await disposed;
    assert(encoder.disposed && language.disposed);
    await assert.rejects(ClipConversation.open(engine, { path }, stan), { name: 'AbortError' });
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { PackageManifest } from '../../../../models/package/manifest.ts';
import type { Encoder, Language, Progress } from '../../../../server/engine/answer.ts';
import { Engine } from '../../../../server/engine/engine.ts';
import { encodeClip } from '../../../../server/engine/frames/encode-clip.ts';
import type { Talk } from '../../../../server/engine/talk.ts';
import type { PixelTensor, VideoTokens } from '../../../../server/engine/types.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

const manifest: PackageManifest = {
  format: 1,
  name: 'counting',
  version: '1',
  licence: 'MIT',
  about: 'Counts.',
  sources: [],
  vision: {
    ...{
      imageSize: 16,
      patchSize: 8,
      frames: 4,
      maxFrames: 8,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      resize: 'squash',
    },
    ...{ tap: 'last', tapNorm: 'none', fusion: 'sum', cls: 'first', tokens: 5, width: 2 },
  },
  language: {
    template: {
      ...{
        name: 'demo',
        bos: false,
        system: '',
        user: '',
        afterVideo: '',
        assistant: '',
        eosAfterAnswer: false,
      },
    },
    ...{ context: 64, slots: 1 },
  },
  files: {},
};

/** Its first token tells the mode and the mean pixel. */
class CountingEncoder implements Encoder {
  shapes: PixelTensor['shape'][] = [];
  disposed = false;

  async encode({ data, shape }: PixelTensor, { mode }: { mode: string }): Promise<VideoTokens> {
    this.shapes.push(shape);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    return { data: Float32Array.of(mode === 'stan' ? 1 : 0, mean), count: 5, width: 2 };
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

/** Answers with the talk it was given. */
class EchoLanguage implements Language {
  disposed = false;

  async *generate(...[turns, { signal }]: Parameters<Language['generate']>) {
    const question = turns.at(-1)?.question ?? '';
    yield { type: 'token', text: question } as const;
    if (question === 'wait') await pause(60_000, undefined, { signal }).catch(() => undefined);
    const shown = turns.map((turn) => ({ ...turn, clips: turn.clips.map(({ data }) => [...data]) }));
    const reason = signal.aborted ? 'stopped' : 'end';
    const counts = { reusedTokens: 0, promptTokens: 0, answerTokens: 1 };
    yield { type: 'done', text: JSON.stringify(shown), reason, ...counts } as const;
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

function engineOf(maxClipSeconds = 60) {
  const encoder = new CountingEncoder();
  const language = new EchoLanguage();
  const captionQuestion = 'Describe it.';
  return {
    encoder,
    language,
    engine: new Engine({ manifest, encoder, language, captionQuestion, maxClipSeconds }),
  };
}

describe('the engine', () => {
  const folder = tempFolder();
  const path = join(folder, 'white.mp4');
  const signal = new AbortController().signal;
  const stan = { mode: 'stan', signal } as const;
  before(async () => {
    const white = new Uint8Array(32 * 32 * 3).fill(255);
    await encodeClip(Array(10).fill(white), { width: 32, height: 32, fps: 10, path });
  });

  async function answer(talk: Talk, question: string) {
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
    const onProgress = ({ stage, done, total }: Progress) => {
      stages.push(stage);
      assert(done <= total);
    };
    const conversation = await engine.open({ path }, { ...stan, onProgress });
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

  test('a known clip is not watched again, unless in another way', async () => {
    const { engine, encoder } = engineOf();
    const source = { path, id: 'a' };
    await engine.open(source, stan);
    const again = await answer(await engine.open(source, stan), 'what?');
    assert.equal(encoder.shapes.length, 1);
    assert.equal(again.turns[0]?.clips.length, 1);
    assert.equal(again.timings.encode, 0);
    await engine.open(source, { ...stan, mode: 'plain' });
    await engine.open(source, { ...stan, frames: 2 });
    await engine.open({ path, id: 'b' }, stan);
    await engine.open({ path }, stan);
    await engine.open({ path }, stan);
    assert.equal(encoder.shapes.length, 6);
    assert.deepEqual(encoder.shapes[2], [2, 3, 16, 16]);
  });

  test('captions ask the caption question', async () => {
    const [turn] = JSON.parse(await engineOf().engine.caption({ path }, stan));
    assert.equal(turn.question, 'Describe it.');
    assert.equal(turn.clips.length, 1);
  });

  test('what the model or the settings do not allow is refused', async () => {
    await assert.rejects(engineOf().engine.open({ path }, { ...stan, frames: 9 }), {
      code: 'invalid_request',
    });
    await assert.rejects(engineOf(0.5).engine.open({ path }, stan), { code: 'video_too_big' });
    await assert.rejects(engineOf(0.5).engine.probe(path, { signal }), { code: 'video_too_big' });
    await assert.rejects(engineOf().engine.open({ path }, { ...stan, signal: AbortSignal.abort() }), {
      name: 'AbortError',
    });
  });

  test('disposing stops the answers that run, then frees the models, and nothing starts again', async () => {
    const { engine, encoder, language } = engineOf();
    const conversation = await engine.open({ path }, stan);
    const events = conversation.ask('wait', { signal });
    await events.next();
    await events.next();
    const last = events.next();
    const disposed = engine.dispose();
    const event = (await last).value;
    assert(event?.type === 'done' && event.reason === 'stopped');
    assert.equal(language.disposed, false, 'not while an answer runs');
    await events.next();
    await disposed;
    assert(encoder.disposed && language.disposed);
    await assert.rejects(engine.open({ path }, stan), { name: 'AbortError' });
  });
});

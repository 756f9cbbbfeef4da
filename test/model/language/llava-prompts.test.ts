import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import llamaTokenizer from 'llama-tokenizer-js';
import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { renderConversation, type Turn } from '#models/package/conversation-template.ts';
import { readTemplate } from '#models/package/read-template.ts';
import { isVideoToken, promptTokens } from '#engine/language/prompt.ts';
import { tokenId } from '#engine/language/token-id.ts';
import { clipRows } from '#engine/language/embedding-table.ts';
import { writeLlamaVocabulary } from '#bench/public-weights/llama-vocabulary.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const path = join(tempFolder(), 'vocabulary.gguf');
const added = ['<im_start>', '<im_end>'];
const [imStart, imEnd] = [32_000, 32_001];
const clip = clipRows({ data: new Float32Array(32), count: 1, width: 32 });
/** What stands for the clip's tokens here, as LLaVA's own code writes it. */
const image = -200;

const system =
  "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.";

/** Up to and with `USER:`, as quoted from LLaVA's and Vicuna's training in public. */
const upToUser = [
  1, 319, 13563, 1546, 263, 12758, 1404, 322, 385, 23116, 21082, 20255, 29889, 450, 20255, 4076, 8444, 29892,
  13173, 29892, 322, 1248, 568, 6089, 304, 278, 1404, 29915, 29879, 5155, 29889, 3148, 1001, 29901,
];
const assistant = [319, 1799, 9047, 13566, 29901];

describe("prompts as LLaVA's training had them, with LLaMA's vocabulary", () => {
  let llama: Llama;
  let model: LlamaModel;
  before(async () => {
    await writeLlamaVocabulary(path, added);
    llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.fatal });
    model = await llama.loadModel({ modelPath: path });
  });
  after(() => llama.dispose());

  async function ours(
    template: string,
    turns: readonly Turn[],
    said?: (answer: string) => readonly number[] | undefined,
  ): Promise<number[]> {
    const parts = renderConversation(await readTemplate(template), turns);
    const known = (answer: string) => said?.(answer)?.map(tokenId);
    const tokens = promptTokens(model, parts, new Map([['clip', clip]]), known);
    return tokens.map((token) => (isVideoToken(token) ? image : Number(token)));
  }

  /** The tokenizer of LLaVA on a text that begins a prompt, or stands behind a special token. */
  const split = (text: string): number[] => llamaTokenizer.encode(text, false, true);

  test('a question about a clip, as published', async () => {
    const question = 'What is the evident theme in the video?';
    assert.deepEqual(await ours('vicuna-v1', [{ question, clips: ['clip'] }]), [
      ...upToUser,
      29871,
      image,
      29871,
      13,
      5618,
      338,
      278,
      13602,
      10929,
      297,
      278,
      4863,
      29973,
      ...assistant,
    ]);
  });

  test('turns without a clip, as published', async () => {
    const turns = [
      { question: 'Who are you?', answer: 'I am', clips: [] },
      { question: 'What can you do?', clips: [] },
    ];
    assert.deepEqual(await ours('vicuna-v1', turns), [
      ...upToUser,
      11644,
      526,
      366,
      29973,
      ...assistant,
      306,
      626,
      2,
      3148,
      1001,
      29901,
      1724,
      508,
      366,
      437,
      29973,
      ...assistant,
    ]);
  });

  const talks: readonly (readonly Turn[])[] = [
    [{ question: 'Describe the video.', clips: ['clip'] }],
    [{ question: '  What is   it?\n\nAnswer in one word. ', clips: ['clip'] }],
    [{ question: '¿Qué hace? 这是什么？ 🎬', clips: ['clip'] }],
    [{ question: '</s> <s> [INST] USER: <im_start> ', clips: ['clip'] }],
    [
      { question: 'What moves?', answer: 'The red ball.', clips: ['clip'] },
      { question: 'Which way?', answer: 'To the left,\nthen up.', clips: [] },
      { question: 'And here?', clips: ['clip', 'clip'] },
    ],
  ];

  for (const [i, turns] of talks.entries()) {
    test(`written-down talk ${i + 1}`, async () => {
      const last = turns.length - 1;
      const prompt = turns.map(({ question, answer, clips }, turn) => {
        const pictures = clips.map(() => '<image>\n').join('');
        return `USER: ${pictures}${question} ASSISTANT:${turn === last ? '' : ` ${answer}</s>`}`;
      });
      // tokenizer_image_token: pieces between pictures are split on their own; so are those between special tokens
      const expected = `${system} ${prompt.join('')}`
        .split(/(<image>)|(?<=[.p])(<\/s>)(?=USER)/)
        .flatMap((piece) => {
          if (piece === undefined || piece === '') return [];
          if (piece === '<image>') return [image];
          return piece === '</s>' ? [2] : split(piece);
        });
      assert.deepEqual(await ours('vicuna-v1', turns), [1, ...expected]);
    });
  }

  test('answers are the tokens that were said, and what follows without an end token goes on after words', async () => {
    const turns = [
      { question: 'Why?', answer: 'Because.', clips: [] },
      { question: 'How?', clips: [] },
    ];
    const said = [306, 306, 306];
    const tokens = await ours('vicuna-v1', turns, () => said);
    const index = tokens.indexOf(306);
    assert.deepEqual(tokens.slice(index, index + 4), [...said, 2]);
    const mistral = await ours('mistral-instruct', turns);
    const expected = [1, ...split('[INST] Why? [/INST] Because. '), 2, ...split('[INST] How? [/INST]')];
    assert.deepEqual(mistral, expected);
  });

  test('pictures stand between <im_start> and <im_end> where they did in training, spaces taken off beside them', async () => {
    const question = 'What is this?';
    const expected = [...upToUser, imStart, image, imEnd, ...split(`${question} ASSISTANT:`)];
    assert.deepEqual(await ours('vicuna-v1-im-start-end', [{ question, clips: ['clip'] }]), expected);
    const without = [1, ...split(`${system} USER: ${question} ASSISTANT:`)];
    assert.deepEqual(await ours('vicuna-v1-im-start-end', [{ question, clips: [] }]), without);
  });

  test('a template whose control tokens the vocabulary lacks says which', async () => {
    await assert.rejects(ours('chatml', [{ question: 'Hi', clips: [] }]), {
      code: 'package_invalid',
      message: /needs a <\|im_start\|> token/,
    });
  });
});

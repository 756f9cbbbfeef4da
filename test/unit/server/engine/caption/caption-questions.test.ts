import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCaptionQuestions } from '#engine/caption/caption-questions.ts';

test('a model is asked in words it knows, and not for what it cannot say', async () => {
  const demo = await readCaptionQuestions('demo');
  assert.deepEqual([...demo], [['short', 'Describe the video.']]);
});

test('a model of another kind is asked in plain words, for every style', async () => {
  for (const template of ['vicuna-v1', 'constructor', '']) {
    const questions = await readCaptionQuestions(template);
    assert.deepEqual([...questions.keys()].sort(), ['detailed', 'keywords', 'short']);
    assert.equal(new Set(questions.values()).size, 3);
    for (const question of questions.values()) assert.match(question, /this video/);
  }
});

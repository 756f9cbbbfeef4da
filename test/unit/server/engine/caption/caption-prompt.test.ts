import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCaptionPrompt } from '../../../../../server/engine/caption/caption-prompt.ts';

test('a model is asked in words it knows; an unknown kind in plain words', async () => {
  assert.equal(await readCaptionPrompt('short', 'demo'), 'Describe the video.');
  assert.match(await readCaptionPrompt('short', 'vicuna'), /describe/i);
  // A name that every object has is not a template's.
  assert.match(await readCaptionPrompt('short', 'constructor'), /describe/i);
});

test('a prompt that is not there is named', async () => {
  await assert.rejects(readCaptionPrompt('none', 'demo'), { code: 'package_invalid', message: /none\.json/ });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxQuestionLength as onTheWire } from '#contract/rest.ts';
import { maxQuestionLength } from '#engine/engine.ts';

test('the engine takes the questions that the wire takes', () => {
  assert.equal(maxQuestionLength, onTheWire);
});

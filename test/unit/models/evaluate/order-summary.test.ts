import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summariseOrder } from '#models/evaluate/order-summary.ts';

const toTheLeft = { forward: ['left'], reverse: ['right'] };
const still = { forward: ['still'], reverse: ['still'] };

test('who reads the order is right about both directions; who says the same of both is right about one', () => {
  const reads = { forward: 'It goes left.', reverse: 'It goes right.', shuffle: 'it goes left' };
  const deaf = { forward: 'It goes left.', reverse: 'It goes left.', shuffle: 'It goes left.' };
  const turned = { forward: 'It goes right.', reverse: 'It goes left.', shuffle: 'It jumps.' };
  const summary = summariseOrder([
    { answers: reads, truth: toTheLeft },
    { answers: deaf, truth: toTheLeft },
    { answers: turned, truth: toTheLeft },
    { answers: { forward: 'It is still.', reverse: 'It is still!', shuffle: 'Still.' }, truth: still },
    { answers: reads },
  ]);
  const counts = Object.entries(summary).map(([name, { right, asked }]) => [name, right, asked]);
  assert.deepEqual(counts, [
    ['reverseDiffers', 3, 5],
    ['shuffleDiffers', 2, 5],
    ['forwardRight', 3, 4],
    ['reverseRight', 2, 4],
    ['bothRight', 2, 4],
  ]);
});

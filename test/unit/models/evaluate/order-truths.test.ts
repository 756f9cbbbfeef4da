import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderTruths, saysRightly } from '#models/evaluate/temporal-labels.ts';

test('right is who says what is true of this direction and nothing that is true of the other alone', () => {
  const right = (said: string): boolean => saysRightly(said, ['left', 'leftwards'], ['right']);
  assert.deepEqual(
    ['It moves to the Left.', 'leftwards!', 'to the right', 'left or right', 'it is leftist', ''].map(right),
    [true, true, false, false, false, false],
  );
  assert.ok(saysRightly('it opens  the door', ['opens the door'], ['closes the door']));
  assert.ok(saysRightly('it stands still', ['still'], ['still']));
  assert.ok(!saysRightly('anything', [], ['still']));
});

test('truths are checked', () => {
  assert.ok(orderTruths.safeParse({ clips: [{ file: 'a', forward: ['x'], reverse: [] }] }).success);
  assert.ok(!orderTruths.safeParse({ clips: [] }).success);
  assert.ok(!orderTruths.safeParse({ clips: [{ file: 'a', forward: [' '] }] }).success);
});

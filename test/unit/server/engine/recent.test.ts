import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../../server/engine/recent.ts';

test('the value that was not used for longest goes first', () => {
  const recent = new Recent<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  assert.equal(recent.get('a'), 1);
  recent.set('c', 3);
  assert.equal(recent.get('b'), undefined);
  assert.equal(recent.get('a'), 1);
  assert.equal(recent.get('c'), 3);
});

test('setting a key again replaces its value and takes no more room', () => {
  const recent = new Recent<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  assert.equal(recent.get('a'), 3);
  assert.equal(recent.get('b'), 2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LruCache } from '#core/lru-cache.ts';

test('the value that was not used for longest goes first', () => {
  const recent = new LruCache<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  assert.equal(recent.get('a'), 1);
  recent.set('c', 3);
  assert.equal(recent.get('b'), undefined);
  assert.equal(recent.get('a'), 1);
  assert.equal(recent.get('c'), 3);
});

test('setting a key again replaces its value and takes no more room', () => {
  const recent = new LruCache<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  assert.equal(recent.get('a'), 3);
  assert.equal(recent.get('b'), 2);
});

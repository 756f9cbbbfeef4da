import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { followedSchema } from '#engine/language/json-schema.ts';

const text = { type: 'string' };

describe('JSON schemas that answers can obey', () => {
  test('what is followed stays as it is', () => {
    const schema = {
      type: 'object',
      description: 'A clip.',
      properties: { colour: { enum: ['red', 'blue'] }, moving: { type: 'boolean' }, parts: { items: text } },
      required: ['colour'],
      additionalProperties: false,
      $defs: { name: { type: 'string', maxLength: 40 } },
    };
    assert.deepEqual(followedSchema.parse(schema), schema);
  });

  test('a choice has one word, at any depth', () => {
    const optional = { anyOf: [text, { type: 'null' }] };
    assert.deepEqual(followedSchema.parse({ type: 'object', properties: { name: optional } }), {
      type: 'object',
      properties: { name: { oneOf: [text, { type: 'null' }] } },
    });
  });

  for (const [what, schema] of Object.entries({
    'an unknown type': { type: 'spaghetti' },
    'a word that would be ignored': { type: 'number', minimum: 3 },
    'the same further in': { type: 'array', items: { type: 'string', pattern: '^a' } },
    'a text': 'string',
    nothing: null,
  })) {
    test(`${what} is refused`, () => {
      assert.equal(followedSchema.safeParse(schema).success, false);
    });
  }

  test('no JSON value makes it throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void followedSchema.safeParse(value)));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJsonSchema } from '#engine/language/json-schema.ts';

const text = { type: 'string' };

describe('JSON schemas that answers can match', () => {
  test('what is followed stays as it is', () => {
    const schema = {
      type: 'object',
      description: 'A clip.',
      properties: { colour: { enum: ['red', 'blue'] }, moving: { type: 'boolean' }, parts: { items: text } },
      required: ['colour'],
      additionalProperties: false,
      $defs: { name: { type: 'string', maxLength: 40 } },
    };
    assert.deepEqual(parseJsonSchema(schema), { schema });
  });

  test('a choice has one word, at any depth', () => {
    const optional = { anyOf: [text, { type: 'null' }] };
    assert.deepEqual(parseJsonSchema({ type: 'object', properties: { name: optional } }), {
      schema: { type: 'object', properties: { name: { oneOf: [text, { type: 'null' }] } } },
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
      assert.ok('problem' in parseJsonSchema(schema));
    });
  }

  const nested = (depth: number): unknown => {
    let inner: unknown = text;
    for (let i = 0; i < depth; i++) inner = { type: 'array', items: inner };
    return inner;
  };
  let doubled: unknown = text;
  for (let i = 0; i < 18; i++) doubled = { oneOf: [doubled, doubled] };
  for (const [what, schema, problem] of [
    ['nesting', nested(100_000), /nested more than 32 deep/],
    ['alternatives that double', doubled, /more than/],
    [
      'ten thousand values',
      { enum: Array.from({ length: 10_000 }, (_, i) => `v${i}`) },
      /more than 512 enum values/,
    ],
    ['a long text', { description: 'x'.repeat(40_000) }, /32768 characters/],
    ['a reference to nothing', { $ref: '#/$defs/none' }, /not one of its \$defs/],
    ['a reference to the web', { $ref: 'https://example.org/schema' }, /not one of its \$defs/],
    [
      'a reference to itself',
      { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, text] } } },
      /refers to itself/,
    ],
    ['an empty range', { type: 'string', minLength: 9, maxLength: 1 }, /maxLength is 1, less than 9/],
    ['a range without end', { type: 'string', minLength: 1e9 }, /1000 at most/],
    [
      'fewer items than it lists',
      { type: 'array', prefixItems: [text, text], maxItems: 1 },
      /maxItems is 1, less than 2/,
    ],
    ['a value of another type', { type: 'integer', enum: [1, 'two'] }, /"two" is not of type integer/],
    ['two choices at once', { oneOf: [text], enum: ['a'] }, /oneOf and enum/],
    [
      'a choice that would hide properties',
      { anyOf: [text], properties: { a: text } },
      /anyOf and properties/,
    ],
    [
      'a required property without a schema',
      { type: 'object', properties: { a: text }, required: ['b'] },
      /required names b/,
    ],
  ] as const) {
    test(`${what}: refused, saying why`, () => {
      const parsed = parseJsonSchema(schema);
      assert.match('problem' in parsed ? parsed.problem : 'supported', problem);
    });
  }

  test('a definition may contain itself further in', () => {
    const tree = {
      type: 'object',
      properties: { parts: { type: 'array', items: { $ref: '#/$defs/tree' } } },
    };
    const schema = { $ref: '#/$defs/tree', $defs: { tree } };
    assert.deepEqual(parseJsonSchema(schema), { schema });
  });

  test('no JSON value makes it throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseJsonSchema(value)));
  });
});

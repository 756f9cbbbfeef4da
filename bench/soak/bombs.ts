/** Schemas that would take a server minutes to compile; each has to be refused before any such work. */
export function schemaBombs(): unknown[] {
  const text = { type: 'string' };
  let doubled: unknown = text;
  for (let level = 0; level < 16; level++) doubled = { oneOf: [doubled, doubled] };
  let deep: unknown = text;
  for (let level = 0; level < 2000; level++) deep = { type: 'array', items: deep };
  const many = { enum: Array.from({ length: 10_000 }, (_, value) => `value ${value}`) };
  return [doubled, deep, many, { $ref: 'https://example.org/schema' }, { type: 'string', minLength: 1e9 }];
}

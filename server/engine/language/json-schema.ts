import type { Llama } from 'node-llama-cpp';
import { z } from 'zod';

const types = z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const count = z.int().nonnegative();

interface Schema {
  readonly [keyword: string]: unknown;
}

/** What is said of a value without restricting it. */
const remarks = {
  $schema: z.string().optional(),
  $id: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
};

const schema: z.ZodType<Schema> = z.lazy(() => keywords.transform(withOneChoice));

const keywords = z.strictObject({
  ...remarks,
  type: z.union([types, z.array(types).min(1)]).optional(),
  enum: z.array(scalar).min(1).optional(),
  const: scalar.optional(),
  oneOf: z.array(schema).min(1).optional(),
  anyOf: z.array(schema).min(1).optional(),
  properties: z.record(z.string(), schema).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.union([z.boolean(), schema]).optional(),
  minProperties: count.optional(),
  maxProperties: count.optional(),
  items: schema.optional(),
  prefixItems: z.array(schema).optional(),
  minItems: count.optional(),
  maxItems: count.optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  format: z.enum(['date', 'time', 'date-time']).optional(),
  $ref: z.string().optional(),
  $defs: z.record(z.string(), schema).optional(),
});

/** node-llama-cpp knows one word for a choice. An answer that obeys one of several obeys at least one of them. */
function withOneChoice({ anyOf, ...rest }: z.output<typeof keywords>): Schema {
  return anyOf === undefined ? rest : { ...rest, oneOf: [...(rest.oneOf ?? []), ...anyOf] };
}

/**
 * The part of JSON Schema that node-llama-cpp makes grammars of. It reads any other word as no restriction at all, which
 * would be an answer that obeys nothing: so what is not here is refused. Every property is given, also optional ones.
 */
export const followedSchema = schema.pipe(z.custom<Parameters<Llama['createGrammarForJsonSchema']>[0]>());

import type { Llama } from 'node-llama-cpp';
import { z } from 'zod';
import { contradiction, exceededLimit } from './schema-limits.ts';

const types = z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const count = z.int().nonnegative();

interface Schema {
  readonly [keyword: string]: unknown;
}

/** Keywords that describe a value without restricting it. */
const annotations = {
  $schema: z.string().optional(),
  $id: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
};

const schema: z.ZodType<Schema> = z.lazy(() => keywords.transform(withOneChoice));

const keywords = z.strictObject({
  ...annotations,
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

/** node-llama-cpp knows `oneOf` alone. An answer that matches one alternative matches at least one of them. */
function withOneChoice({ anyOf, ...rest }: z.output<typeof keywords>): Schema {
  return anyOf === undefined ? rest : { ...rest, oneOf: [...(rest.oneOf ?? []), ...anyOf] };
}

/** A schema as node-llama-cpp takes it. */
type GrammarSchema = Parameters<Llama['createGrammarForJsonSchema']>[0];

/**
 * The part of JSON Schema that node-llama-cpp compiles to grammars. It reads any other keyword as no restriction at all, and
 * the answer would not match the schema: so an unsupported keyword is refused. Optional properties are always generated.
 */
const supportedSchema = schema.pipe(z.custom<GrammarSchema>());

/** The schema, or why no answer can be made to match it. */
export function parseJsonSchema(
  input: unknown,
): { readonly schema: GrammarSchema } | { readonly problem: string; readonly cause?: unknown } {
  const tooLarge = exceededLimit(input);
  if (tooLarge !== undefined) return { problem: tooLarge };
  const parsed = supportedSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
    return { problem: `${issue?.message ?? 'it is not a schema'}${where}`, cause: parsed.error };
  }
  const problem = contradiction(input);
  return problem === undefined ? { schema: parsed.data } : { problem };
}

import { z } from 'zod';

/**
 * Largest JSON schema that is compiled. Validation and compilation run on the event loop, so they are bounded before they
 * begin: a schema at all of these limits takes tens of milliseconds.
 */
export const schemaLimits = {
  /** Characters of all names and texts together. */
  characters: 32_768,
  /** Objects, arrays and values. */
  nodes: 2_000,
  depth: 32,
  /** Alternatives of all `oneOf` and `anyOf` together. */
  alternatives: 128,
  /** Values of all `enum` together. */
  enumValues: 512,
  /** `minLength`, `maxItems` and the like: llama.cpp repeats a rule as often. */
  repetitions: 1_000,
} as const;

const jsonObject = z.record(z.string(), z.unknown());

/** Why a schema is too large, or undefined. Never recurses, so depth cannot overflow the stack. */
export function exceededLimit(schema: unknown): string | undefined {
  const used = { characters: 0, nodes: 0, alternatives: 0, enumValues: 0 };
  const pending: { readonly value: unknown; readonly depth: number }[] = [{ value: schema, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    used.nodes += 1;
    if (depth > schemaLimits.depth) return `it is nested more than ${schemaLimits.depth} deep`;
    if (typeof value === 'string') used.characters += value.length;
    else if (Array.isArray(value)) for (const item of value) pending.push({ value: item, depth: depth + 1 });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        used.characters += key.length;
        if (Array.isArray(item) && (key === 'oneOf' || key === 'anyOf')) used.alternatives += item.length;
        if (Array.isArray(item) && key === 'enum') used.enumValues += item.length;
        pending.push({ value: item, depth: depth + 1 });
      }
    }
    // a wide array counts before all of it is visited
    if (used.nodes + pending.length > schemaLimits.nodes)
      return `it has more than ${schemaLimits.nodes} values`;
    if (used.characters > schemaLimits.characters) {
      return `its texts have more than ${schemaLimits.characters} characters`;
    }
    if (used.alternatives > schemaLimits.alternatives) {
      return `it has more than ${schemaLimits.alternatives} alternatives`;
    }
    if (used.enumValues > schemaLimits.enumValues)
      return `it has more than ${schemaLimits.enumValues} enum values`;
  }
  return undefined;
}

const refPrefix = '#/$defs/';

/**
 * Why a schema of supported keywords asks for something that no grammar can do, or undefined: references that lead nowhere or
 * to themselves, empty ranges, keywords that node-llama-cpp would ignore beside others. Expects a schema within the limits.
 */
export function contradiction(schema: unknown): string | undefined {
  const root = jsonObject.safeParse(schema).data ?? {};
  const definitions = jsonObject.safeParse(root['$defs']).data ?? {};
  const problem = problemWithin(root, true, definitions);
  if (problem !== undefined) return problem;
  for (const [name, definition] of Object.entries(definitions)) {
    const within = problemWithin(definition, false, definitions);
    if (within !== undefined) return `${within} in $defs.${name}`;
    if (leadsToItself(name, definitions)) return `$defs.${name} refers to itself`;
  }
  return undefined;
}

function problemWithin(
  schema: unknown,
  isRoot: boolean,
  definitions: Readonly<Record<string, unknown>>,
): string | undefined {
  const node = jsonObject.safeParse(schema).data;
  if (node === undefined) return undefined;
  const { $defs, $ref } = node;
  if ($defs !== undefined && !isRoot) return '$defs are supported at the top level only';
  if (typeof $ref === 'string' && !Object.hasOwn(definitions, definitionName($ref))) {
    return `$ref ${$ref} is not one of its $defs`;
  }
  const exclusive = ['$ref', 'oneOf', 'anyOf', 'const', 'enum'].filter((key) => key in node);
  const [choice] = exclusive;
  const shaping = [
    'properties',
    'items',
    'prefixItems',
    'additionalProperties',
    'minLength',
    'maxLength',
    'format',
  ];
  const ignored = [...exclusive.slice(1), ...shaping.filter((key) => key in node)];
  if (choice !== undefined && ignored[0] !== undefined && !(choice === 'oneOf' && ignored[0] === 'anyOf')) {
    return `${choice} and ${ignored[0]} in one schema`;
  }
  return (
    typeProblem(node) ??
    rangeProblem(node) ??
    subschemas(node)
      .map((one) => problemWithin(one, false, definitions))
      .find(Boolean)
  );
}

/** `type` beside `const` or `enum` must hold for each of their values: the grammar is made of the values alone. */
function typeProblem({
  type,
  const: constant,
  enum: values = [],
}: Readonly<Record<string, unknown>>): string | undefined {
  if (type === undefined) return undefined;
  const types: unknown[] = Array.isArray(type) ? type : [type];
  const given: unknown[] = [
    ...(constant === undefined ? [] : [constant]),
    ...(Array.isArray(values) ? values : []),
  ];
  const other = given.find((value) => !typesOf(value).some((name) => types.includes(name)));
  return other === undefined ? undefined : `${JSON.stringify(other)} is not of type ${types.join(' or ')}`;
}

function typesOf(value: unknown): string[] {
  if (value === null) return ['null'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}

/** A range such as `minLength`..`maxLength` must hold something, within the repetitions that are compiled. */
function rangeProblem(node: Readonly<Record<string, unknown>>): string | undefined {
  const properties = Object.keys(jsonObject.safeParse(node['properties']).data ?? {}).length;
  const prefixItems = Array.isArray(node['prefixItems']) ? node['prefixItems'].length : 0;
  for (const [name, atLeast] of [
    ['Length', 0],
    ['Items', prefixItems],
    ['Properties', properties],
  ] as const) {
    const [min, max] = [node[`min${name}`], node[`max${name}`]];
    const least = Math.max(atLeast, typeof min === 'number' ? min : 0);
    if (typeof max === 'number' && max < least) return `max${name} is ${max}, less than ${least}`;
    const most = Math.max(least, typeof max === 'number' ? max : 0);
    if (most > schemaLimits.repetitions)
      return `min${name} and max${name} are ${schemaLimits.repetitions} at most`;
  }
  const { required } = node;
  if (Array.isArray(required) && node['properties'] !== undefined) {
    const known = jsonObject.safeParse(node['properties']).data ?? {};
    const missing = required.find((name) => typeof name === 'string' && !Object.hasOwn(known, name));
    if (missing !== undefined) return `required names ${missing}, which properties does not have`;
  }
  return undefined;
}

function subschemas(node: Readonly<Record<string, unknown>>): unknown[] {
  const lists = ['oneOf', 'anyOf', 'prefixItems'].flatMap((key) =>
    Array.isArray(node[key]) ? node[key] : [],
  );
  const { properties, items, additionalProperties } = node;
  return [
    ...lists,
    ...Object.values(jsonObject.safeParse(properties).data ?? {}),
    items,
    additionalProperties,
  ];
}

/** Whether a definition leads to itself without a character in between, which is left recursion in a grammar. */
function leadsToItself(name: string, definitions: Readonly<Record<string, unknown>>): boolean {
  const reached = new Set<string>();
  const pending: unknown[] = [definitions[name]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = jsonObject.safeParse(next).data;
    if (node === undefined) continue;
    const { $ref, oneOf, anyOf } = node;
    for (const list of [oneOf, anyOf]) if (Array.isArray(list)) pending.push(...list);
    if (typeof $ref !== 'string') continue;
    const target = definitionName($ref);
    if (target === name) return true;
    if (reached.has(target)) continue;
    reached.add(target);
    pending.push(definitions[target]);
  }
  return false;
}

function definitionName(ref: string): string {
  return ref.startsWith(refPrefix) ? ref.slice(refPrefix.length) : '';
}

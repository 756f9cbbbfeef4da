import { z } from 'zod';
import { errorBody } from '#contract/rest.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';

type Json = Readonly<Record<string, unknown>>;

/** What can go wrong, by status; each answer is our one form of errors. */
const failures: Readonly<Record<number, string>> = {
  400: 'The request is not understood.',
  401: 'The key is missing or wrong.',
  403: 'Not allowed: another site, host name or address, or not with this key.',
  404: 'There is no such thing.',
  409: 'Not in this state.',
  412: 'A header that the tus protocol needs is missing.',
  413: 'Too large.',
  415: 'Not a media type that is taken.',
  416: 'There is no such range.',
  422: 'The clip cannot be read.',
  429: 'Too many requests; `Retry-After` says when to come back.',
  500: 'Something went wrong; the server’s log says more.',
  501: 'The model that is served cannot do this.',
  503: 'Full, or not ready; `Retry-After` says when to come back.',
  507: 'The disk is full.',
};
const always = [400, 401, 403, 429, 500, 503];

/** The OpenAPI 3.1 document of the server (https://spec.openapis.org/oas/v3.1.0), from the schemas that check requests. */
export function apiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describe(operation);
    paths[operation.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'stan-llava',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'Conversations about clips, on a machine of your own.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, {}],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(errorBody, 'output') },
    },
  };
}

function describe(operation: Operation): Json {
  const { id, group, summary, about, request, reply = [], status, example, open } = operation;
  const required = request?.required ?? false;
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(about && { description: about }),
    ...(open && { security: [] }),
    parameters: parametersOf(operation),
    ...(request && { requestBody: { required, content: contentOf(request.bodies, 'input', example) } }),
    responses: {
      [status]: { description: summary, ...(reply.length > 0 && { content: contentOf(reply, 'output') }) },
      ...Object.fromEntries(failuresOf(operation).map((code) => [code, failure(code)])),
    },
  };
}

function failuresOf({ errors = [], open }: Operation): number[] {
  return [...new Set([...errors, ...(open ? [] : always)])].sort((a, b) => a - b);
}

function failure(code: number): Json {
  const schema = { $ref: '#/components/schemas/Error' };
  return { description: failures[code], content: { 'application/json': { schema } } };
}

function parametersOf({ path, query, headers = {} }: Operation): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'n' ? 'integer' : 'string' },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !z.safeParse(schema, undefined).success,
    schema: jsonSchema(schema, 'output'),
  }));
  const inHeaders = Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    required: true,
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeaders];
}

function contentOf(bodies: NonNullable<Operation['reply']>, io: 'input' | 'output', example?: unknown): Json {
  return Object.fromEntries(
    bodies.map((body) => {
      if ('json' in body) {
        const content = { schema: jsonSchema(body.json, io), ...(example !== undefined && { example }) };
        return ['application/json', content];
      }
      if (body.type === 'multipart/form-data') return [body.type, { schema: formSchema }];
      return [body.type, { schema: { type: 'string', description: body.about } }];
    }),
  );
}

const formSchema = {
  type: 'object',
  required: ['file'],
  properties: { file: { type: 'string', format: 'binary' } },
};

function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

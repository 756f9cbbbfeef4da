import type { z } from 'zod';

/** What an answer carries: JSON of a schema, or something else by its media type. */
export type Body = { readonly json: z.ZodType } | { readonly type: string; readonly about: string };

/** One thing that programs can ask of the server. */
export interface Operation {
  readonly method: 'get' | 'post' | 'delete' | 'head' | 'patch';
  /** With its parameters in braces. */
  readonly path: string;
  /** Names it in generated clients. */
  readonly id: string;
  readonly group: 'Clips' | 'Moments' | 'Captions' | 'Search' | 'Chat' | 'Models' | 'Service';
  readonly summary: string;
  readonly about?: string;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: { readonly required?: boolean; readonly bodies: readonly Body[] };
  /** A body of the request to start from. */
  readonly example?: unknown;
  readonly status: number;
  readonly reply?: readonly Body[];
  /** Codes of our errors that are likely here, besides those anything can end with. */
  readonly errors?: readonly number[];
  /** Answers without a key. */
  readonly open?: boolean;
}

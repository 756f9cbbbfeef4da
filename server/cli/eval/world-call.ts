import { z } from 'zod';

/** What the words about the demo world take. */
export const worldOptions = {
  clips: { type: 'string' },
  seed: { type: 'string' },
  package: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const worldCall = {
  clips: z.coerce.number().int().min(1).max(100_000).optional(),
  seed: z.coerce.number().int().min(0).max(40_000).default(0),
  package: z.string().default('models/demo'),
  json: z.boolean().default(false),
};

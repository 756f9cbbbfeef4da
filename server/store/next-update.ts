import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ last: z.int() });

/** The moment of a change to a conversation, in milliseconds since 1970; later than any before, so that lists have one order. */
export function nextUpdate(db: Database): number {
  const sql = 'SELECT coalesce(max(updated_at), 0) AS last FROM conversations';
  return Math.max(Date.now(), 1 + (db.get(row, sql)?.last ?? 0));
}

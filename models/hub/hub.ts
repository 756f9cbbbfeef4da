import { z } from 'zod';
import { HubError } from './hub-error.ts';
import type { Hub } from './hub-settings.ts';
import { request } from './request.ts';

/** A file as a repository lists it. */
export interface RepositoryFile {
  /** Relative, with slashes; checked to stay inside the folder it is joined to. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal; known for large files only. */
  readonly sha256?: string;
}

export const repositoryName = z.string().regex(/^(?!\.)[\w.-]{1,96}\/(?!\.)[\w.-]{1,96}$/);
export const revisionName = z
  .string()
  .regex(/^\w[\w./-]{0,99}$/)
  .refine((name) => !name.includes('..'));

/** Names become addresses and files here: nothing that climbs, hides or cannot be written. */
const repositoryPath = z
  .string()
  .max(512)
  .regex(/^[^\\\p{C}]+$/u)
  .refine((path) => path.split('/').every(isFileName), 'is not a path inside a repository');

const entries = z.array(
  z.object({
    type: z.enum(['file', 'directory', 'unknown']),
    path: repositoryPath,
    size: z.int().nonnegative(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).optional(),
  }),
);

const maxFiles = 10_000;
const maxPages = 100;
const maxPageSize = 8 * 2 ** 20;

export interface ListOptions {
  /** Branch, tag or commit; `main` where left out. */
  readonly revision?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Every file of a model repository, by the hub's tree API. Throws `HubError`. */
export async function listRepository(
  hub: Hub,
  repo: string,
  { revision = 'main', signal }: ListOptions = {},
): Promise<RepositoryFile[]> {
  const tree = `${hub.endpoint}/api/models/${repo}/tree/${encodeURIComponent(revision)}`;
  const files: RepositoryFile[] = [];
  let query: string | undefined = '?recursive=true';
  for (let page = 0; query !== undefined; page++) {
    if (page === maxPages || files.length > maxFiles)
      throw new HubError('protocol', `${tree} lists more than ${maxFiles} files or ${maxPages} pages`);
    query = await request(hub, tree + query, { signal }, async ({ headers, chunks }) => {
      files.push(...parsePage(tree, await readText(tree, chunks)));
      return nextQuery(headers.get('link'));
    });
  }
  return files;
}

/** Where a file of a repository is downloaded from. */
export function fileAddress(hub: Hub, repo: string, path: string, revision = 'main'): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${hub.endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encoded}`;
}

function parsePage(tree: string, text: string): RepositoryFile[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new HubError('protocol', `${tree} is not JSON`, { cause });
  }
  const parsed = entries.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.slice(0, 3).join('.') ?? '';
    throw new HubError('protocol', `${tree} is no list of files (at ${where || 'its top'})`);
  }
  return parsed.data
    .filter(({ type }) => type === 'file')
    .map(({ path, size, lfs }) => ({ path, bytes: lfs?.size ?? size, ...(lfs && { sha256: lfs.oid }) }));
}

async function readText(tree: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxPageSize) throw new HubError('protocol', `${tree} answers with more than a list of files`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Only the query of `Link: <...>; rel="next"` counts: the next page is at the same address, whatever a mirror says. */
function nextQuery(link: string | null): string | undefined {
  const next = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (next === undefined || !URL.canParse(next, 'http://hub')) return undefined;
  return new URL(next, 'http://hub').search;
}

function isFileName(name: string): boolean {
  // 255 bytes is what file systems take; `.part.json` is added while it is downloaded.
  return name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 240;
}

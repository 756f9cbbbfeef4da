import { HubError } from './hub-error.ts';
import type { Hub } from './hub-settings.ts';
import { request } from './request.ts';

/**
 * `length` bytes of a file from `start`, without the rest; undefined from a hub that sends whole files only. Throws
 * `HubError` or the signal's reason.
 */
export async function fetchRange(
  hub: Hub,
  address: string,
  start: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  if (length === 0) return Buffer.alloc(0);
  const headers = { range: `bytes=${start}-${start + length - 1}` };
  return request(hub, address, { headers, signal }, async ({ status, headers: found, chunks }) => {
    const range = /^bytes (\d+)-(\d+)\//.exec(found.get('content-range') ?? '');
    if (status !== 206 || Number(range?.[1]) !== start) return undefined;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > length)
        throw new HubError('protocol', `${address} sends more than the ${length} bytes asked for`);
      parts.push(chunk);
    }
    if (bytes < length)
      throw new HubError('unreachable', `${address} was cut after ${bytes} of ${length} bytes`);
    return Buffer.concat(parts);
  });
}

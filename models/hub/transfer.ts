import { HubError } from './hub-error.ts';
import type { Hub } from './hub-settings.ts';
import type { PartFile } from './part-file.ts';
import { type Answer, request } from './request.ts';

export interface TransferOptions {
  /** What the file is known to be; it is checked against both. */
  readonly bytes?: number | undefined;
  /** Lower-case hexadecimal. */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `bytes`: how much of the file is here. `received`: how much of that came over the network in this call. */
  readonly onProgress?: ((progress: { bytes: number; received: number }) => void) | undefined;
}

/** One file on its way, over as many connections as it takes. */
export class Transfer {
  readonly #hub: Hub;
  readonly #source: string;
  readonly #part: PartFile;
  readonly #options: TransferOptions;
  #received = 0;

  constructor(hub: Hub, source: string, part: PartFile, options: TransferOptions) {
    this.#hub = hub;
    this.#source = source;
    this.#part = part;
    this.#options = options;
  }

  /** Fills the part and checks it. */
  async complete(): Promise<void> {
    const { signal, sha256 } = this.#options;
    const { retries, pause } = this.#hub.patience;
    let furthest = this.#part.bytes;
    for (let failures = 0; ; ) {
      try {
        await this.#fetchRest();
        break;
      } catch (error) {
        if (!isPassing(error)) throw error;
        // Only a retry that gets no further counts, or a long download over a bad line would never end well.
        failures = this.#part.bytes > furthest ? 1 : failures + 1;
        furthest = Math.max(furthest, this.#part.bytes);
        if (failures > retries) throw error;
        await pause(failures, signal);
      }
    }
    if (sha256 !== undefined && this.#part.sha256() !== sha256)
      throw new HubError('damaged', `${this.#source} arrived with another hash than the hub lists`);
  }

  async #fetchRest(): Promise<void> {
    const part = this.#part;
    const { bytes, signal } = this.#options;
    // Without an ETag nobody can tell whether the rest belongs to the front.
    if (part.etag === undefined || part.bytes > (bytes ?? Infinity)) await part.restart(undefined);
    this.#report();
    if (part.bytes === bytes) return;
    const headers =
      part.bytes > 0 && part.etag !== undefined
        ? { range: `bytes=${part.bytes}-`, 'if-range': part.etag }
        : undefined;
    await request(this.#hub, this.#source, { ...(headers && { headers }), signal }, async (answer) => {
      if (answer.status === 416) return this.#checkEnd(answer);
      await this.#takeUp(answer);
      for await (const chunk of answer.chunks) {
        if (part.bytes + chunk.length > (bytes ?? Infinity)) throw this.#wrongSize('more');
        await part.append(chunk);
        this.#received += chunk.length;
        this.#report();
      }
      // A body of unannounced length ends the same way whether it was cut or not.
      if (bytes !== undefined && part.bytes < bytes)
        throw new HubError('unreachable', `${this.#source} was cut after ${part.bytes} of ${bytes} bytes`);
    });
  }

  /** Sees whether the answer goes on where the part ends, or makes the part start anew. */
  async #takeUp({ status, headers }: Answer): Promise<void> {
    const encoding = headers.get('content-encoding') ?? 'identity';
    const etag = strongEtag(headers);
    let start = 0;
    let total = numberIn(/^(\d+)$/, headers.get('content-length'));
    if (status === 206) {
      const range = headers.get('content-range');
      start = numberIn(/^bytes (\d+)-\d+\//, range) ?? -1;
      total = numberIn(/^bytes \d+-\d+\/(\d+)$/, range);
      if (etag !== this.#part.etag) {
        await this.#part.restart(undefined);
        throw new HubError('changed', `${this.#source} changed on the hub while it was downloaded`);
      }
    } else {
      await this.#part.restart(etag);
    }
    if (start !== this.#part.bytes || (status !== 200 && status !== 206) || encoding !== 'identity')
      throw new HubError('protocol', `${this.#source} is answered with something else than was asked for`);
    if (total !== undefined && total !== (this.#options.bytes ?? total)) throw this.#wrongSize(total);
  }

  /** "Range not satisfiable": the part is the whole file, or is not the front of this one. */
  async #checkEnd({ headers }: Answer): Promise<void> {
    const total = numberIn(/^bytes \*\/(\d+)$/, headers.get('content-range'));
    const { bytes } = this.#options;
    if (bytes !== undefined && total !== undefined && total !== bytes) throw this.#wrongSize(total);
    if (bytes === undefined && total === this.#part.bytes) return;
    await this.#part.restart(undefined);
    throw new HubError('changed', `${this.#source} changed on the hub while it was downloaded`);
  }

  #wrongSize(found: number | 'more'): HubError {
    const listed = `instead of the ${this.#options.bytes} the hub lists`;
    return new HubError('damaged', `${this.#source} has ${found} bytes ${listed}`);
  }

  #report(): void {
    this.#options.onProgress?.({ bytes: this.#part.bytes, received: this.#received });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof HubError && (error.code === 'unreachable' || error.code === 'changed');
}

/** A weak ETag ("W/...") does not promise the same bytes. */
function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag') ?? '';
  return /^"[^"]{1,200}"$/.test(etag) ? etag : undefined;
}

function numberIn(pattern: RegExp, text: string | null): number | undefined {
  const digits = pattern.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

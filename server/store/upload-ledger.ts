import { AppError } from '#errors';

export interface UploadLimits {
  /** Unfinished uploads of one client; 0 is no limit. */
  readonly maxCount: number;
  /** Bytes that they may announce together; 0 is no limit. */
  readonly maxBytes: number;
}

interface Entry {
  readonly client: string;
  /** As announced. */
  readonly bytes: number;
}

/** The unfinished uploads of each client, so that none can take the disk by announcing. */
export class UploadLedger {
  readonly #limits: UploadLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  /** Throws `quota_exceeded` where the client has too many, or too large ones, already. */
  require(client: string, bytes: number): void {
    const { maxCount, maxBytes } = this.#limits;
    const own = [...this.#entries.values()].filter((entry) => entry.client === client);
    const announced = own.reduce((sum, entry) => sum + entry.bytes, bytes);
    if ((maxCount === 0 || own.length < maxCount) && (maxBytes === 0 || announced <= maxBytes)) return;
    const message = 'Too many of your uploads are unfinished; end or delete some first.';
    throw new AppError('quota_exceeded', message);
  }

  add(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }
}

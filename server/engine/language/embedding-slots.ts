import { AppError } from '#errors';
import type { ClipRows } from './embedding-table.ts';

interface Slot {
  readonly number: number;
  key: string | undefined;
  /** Number of prompts that may still read the rows. */
  readers: number;
  /** Resolves when the rows are written. */
  written: Promise<void>;
}

/** Clips that keep their slots until `release`; `slotOf` gives the slot of each. */
export interface SlotLease {
  slotOf(key: string): number;
  release(): void;
}

/**
 * Allocates slots of the embedding table to clips. A clip keeps its slot, and is not written again, until the slot is
 * needed: the least recently used clip is evicted, never one that a prompt may still read.
 */
export class EmbeddingSlots {
  /** Least recently used first. */
  #slots: Slot[];
  readonly #write: (slot: number, clip: ClipRows) => Promise<void>;

  constructor(count: number, write: (slot: number, clip: ClipRows) => Promise<void>) {
    this.#write = write;
    this.#slots = Array.from({ length: count }, (_, number) => ({
      number,
      key: undefined,
      readers: 0,
      written: Promise.resolve(),
    }));
  }

  /** Number of slots, of those that hold a clip, and of those in use. */
  get counts(): { readonly total: number; readonly filled: number; readonly inUse: number } {
    return {
      total: this.#slots.length,
      filled: this.#slots.filter(({ key }) => key !== undefined).length,
      inUse: this.#slots.filter(({ readers }) => readers > 0).length,
    };
  }

  /** Acquires slots for the clips, all or none. Throws `busy` if too many are in use, `context_full` if there are too few. */
  async acquire(clips: readonly ClipRows[]): Promise<SlotLease> {
    const wanted = new Map(clips.map((clip) => [clip.key, clip]));
    const total = this.#slots.length;
    if (wanted.size > total) {
      throw new AppError(
        'context_full',
        `A conversation can show ${total} clips; this one shows ${wanted.size}.`,
      );
    }
    const missing = [...wanted.values()].filter(({ key }) => this.#slots.every((slot) => slot.key !== key));
    const free = this.#slots.filter(({ key, readers }) => readers === 0 && !(key && wanted.has(key)));
    if (missing.length > free.length) {
      throw new AppError('busy', 'Too many clips are in use right now; ask again in a moment.');
    }
    for (const [index, clip] of missing.entries()) {
      const slot = free[index];
      if (slot !== undefined) this.#fill(slot, clip);
    }
    const leased = this.#slots.filter(({ key }) => key !== undefined && wanted.has(key));
    for (const slot of leased) slot.readers += 1;
    this.#slots = [...this.#slots.filter((slot) => !leased.includes(slot)), ...leased];
    const release = () => {
      for (const slot of leased) slot.readers -= 1;
    };
    try {
      await Promise.all(leased.map(({ written }) => written));
    } catch (error) {
      release();
      throw error;
    }
    const slotByKey = new Map(leased.map(({ key, number }) => [key, number]));
    return {
      release,
      slotOf: (key) => {
        const slot = slotByKey.get(key);
        if (slot === undefined) throw new RangeError('the lease does not hold this clip');
        return slot;
      },
    };
  }

  #fill(slot: Slot, clip: ClipRows): void {
    slot.key = clip.key;
    slot.written = this.#write(slot.number, clip).catch((error: unknown) => {
      slot.key = undefined;
      throw error;
    });
  }
}

import { AppError } from '#errors';
import type { ClipRows } from './embedding-table.ts';

interface Slot {
  readonly number: number;
  key: string | undefined;
  /** Prompts that may still read the rows. */
  readers: number;
  /** Resolves when the rows are written. */
  written: Promise<void>;
}

/** Clips that can be evaluated until `release`; `slotOf` says where each of them lies. */
export interface SlotLease {
  slotOf(key: string): number;
  release(): void;
}

/**
 * Which clip lies in which slot. A clip keeps its slot, and is not written again, until the room is needed: then the
 * least recently read one goes, never one that a prompt may still read.
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

  /** How many there are, hold a clip, and are being read. */
  get counts(): { readonly total: number; readonly filled: number; readonly inUse: number } {
    return {
      total: this.#slots.length,
      filled: this.#slots.filter(({ key }) => key !== undefined).length,
      inUse: this.#slots.filter(({ readers }) => readers > 0).length,
    };
  }

  /** Places the clips, all or none. Throws `busy` when too many slots are in use, `context_full` when none would do. */
  async hold(clips: readonly ClipRows[]): Promise<SlotLease> {
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
      throw new AppError('busy', 'Too many clips are being looked at right now; ask again in a moment.');
    }
    for (const [index, clip] of missing.entries()) {
      const slot = free[index];
      if (slot !== undefined) this.#fill(slot, clip);
    }
    const held = this.#slots.filter(({ key }) => key !== undefined && wanted.has(key));
    for (const slot of held) slot.readers += 1;
    this.#slots = [...this.#slots.filter((slot) => !held.includes(slot)), ...held];
    const release = () => {
      for (const slot of held) slot.readers -= 1;
    };
    try {
      await Promise.all(held.map(({ written }) => written));
    } catch (error) {
      release();
      throw error;
    }
    const indices = new Map(held.map(({ key, number }) => [key, number]));
    return {
      release,
      slotOf: (key) => {
        const index = indices.get(key);
        if (index === undefined) throw new RangeError('this clip is not held');
        return index;
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

/** The values used last, by key; the least recently used one goes when there is no room. */
export class LruCache<V> {
  readonly #values = new Map<string, V>();
  readonly #room: number;

  /** `room`: how many values are kept at most. */
  constructor(room: number) {
    this.#room = room;
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#room) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }
}

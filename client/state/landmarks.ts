/** Places of the page that keys and commands lead to. */
export type Landmark = 'content' | 'question' | 'conversation-search' | 'player';

/** Elements of the page by what they are for: components register them, so no one has to search the document. */
export class Landmarks {
  readonly #elements = new Map<Landmark, HTMLElement>();
  readonly #refs = new Map<Landmark, (element: HTMLElement | null) => void>();

  /** For the `ref` of the element; always the same function for the same landmark. */
  ref(name: Landmark): (element: HTMLElement | null) => void {
    const known = this.#refs.get(name);
    if (known !== undefined) return known;
    const ref = (element: HTMLElement | null): void => {
      if (element === null) this.#elements.delete(name);
      else this.#elements.set(name, element);
    };
    this.#refs.set(name, ref);
    return ref;
  }

  get(name: Landmark): HTMLElement | undefined {
    return this.#elements.get(name);
  }

  focus(name: Landmark): void {
    // what a state change shows is there with the next frame
    requestAnimationFrame(() => this.#elements.get(name)?.focus());
  }

  get player(): HTMLVideoElement | undefined {
    const found = this.#elements.get('player');
    return found instanceof HTMLVideoElement ? found : undefined;
  }
}

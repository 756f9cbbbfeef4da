import { signal } from '@preact/signals';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
  /** The message is gone, and the action was not taken. */
  readonly onEnd?: () => void;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: ToastAction;
}

/** Milliseconds that a message stays: long enough to read it and to reach its button by keyboard. */
const shownMs = 10_000;

/** Short messages about what just happened, some with a way back. */
export class Toasts {
  readonly list = signal<readonly Toast[]>([]);
  #lastId = 0;

  show(text: string, action?: ToastAction): void {
    const id = ++this.#lastId;
    this.list.value = [...this.list.peek(), { id, text, ...(action && { action }) }];
    setTimeout(() => this.dismiss(id), shownMs);
  }

  dismiss(id: number): void {
    const toast = this.list.peek().find((one) => one.id === id);
    this.#remove(id);
    toast?.action?.onEnd?.();
  }

  /** The page is about to go: no way back is left. */
  dismissAll(): void {
    for (const { id } of this.list.peek()) this.dismiss(id);
  }

  /** Takes the action of a message. */
  act(id: number): void {
    const toast = this.list.peek().find((one) => one.id === id);
    this.#remove(id);
    toast?.action?.run();
  }

  #remove(id: number): void {
    this.list.value = this.list.peek().filter((toast) => toast.id !== id);
  }
}

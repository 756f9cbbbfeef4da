import { once } from 'node:events';
import type { Response } from 'express';

/** Proxies close a connection that stays silent; a comment keeps it open. */
const aliveMs = 15_000;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Waits for a slow reader, so that
 * nothing piles up for it here.
 */
export class EventSender {
  readonly #response: Response;
  readonly #alive: NodeJS.Timeout;

  /** From now on the answer has status 200; what fails is told as an event. */
  constructor(response: Response) {
    this.#response = response;
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would gather the events
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    this.#alive = setInterval(() => response.write(': \n\n'), aliveMs);
    response.once('close', () => clearInterval(this.#alive));
  }

  /** Without a name it is a `message`. */
  async send(name: string | undefined, data: unknown): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    await this.#write(`${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`);
  }

  end(): void {
    clearInterval(this.#alive);
    this.#response.end();
  }

  async #write(text: string): Promise<void> {
    if (this.#response.closed || this.#response.write(text)) return;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    this.#response.once('close', leave);
    try {
      await once(this.#response, 'drain', { signal: gone.signal });
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      this.#response.off('close', leave);
    }
  }
}

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';

/** A connection to the chat (socket.io 4 over a websocket) that sends what it is told to and reads nothing by itself. */
export class SilentReader {
  readonly #socket: Duplex;
  /** Resolves when the connection has ended; only one that reads on hears of it. */
  readonly closed: Promise<void>;
  #sent = 0;

  private constructor(socket: Duplex) {
    this.#socket = socket;
    // a connection that is cut may also be reset
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** `url`: of the server, as `http://...`. */
  static async connect(url: string): Promise<SilentReader> {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    const sent = request(`${url}/socket.io/?EIO=4&transport=websocket`, { headers }).end();
    const [, socket]: [unknown, Duplex] = await once(sent, 'upgrade').then(([reply, duplex]) => [
      reply,
      duplex,
    ]);
    const reader = new SilentReader(socket);
    reader.#write('40');
    return reader;
  }

  /** Sends a request that wants a reply. */
  ask(name: string, payload: unknown): void {
    this.#write(`42${this.#sent++}${JSON.stringify([name, payload])}`);
  }

  /** Takes and drops everything that comes from now on. */
  readOn(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** One text frame, masked as RFC 6455 wants it from clients. */
  #write(text: string): void {
    const payload = Buffer.from(text);
    if (payload.length > 0xffff) throw new RangeError('longer than this client sends');
    const mask = randomBytes(4);
    const isShort = payload.length < 126;
    const length = isShort
      ? Buffer.of(0x80 | payload.length)
      : Buffer.of(0x80 | 126, payload.length >> 8, payload.length & 0xff);
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.#socket.write(Buffer.concat([Buffer.of(0x81), length, mask, masked]));
  }
}
